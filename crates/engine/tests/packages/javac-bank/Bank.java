import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/** A little bank. */
public class Bank {
    static class Account {
        private final String owner;
        private double balance;

        Account(String owner, double balance) {
            this.owner = owner;
            this.balance = balance;
        }

        void deposit(double amount) {
            if (amount <= 0) {
                throw new IllegalArgumentException("amount must be positive");
            }
            balance += amount;
        }

        boolean withdraw(double amount) {
            if (amount > balance) {
                return false;
            }
            balance -= amount;
            return true;
        }

        @Override
        public String toString() {
            return String.format("%s: %.2f", owner, balance);
        }
    }

    private final List<Account> accounts = new ArrayList<>();

    public void add(String owner, double balance) {
        accounts.add(new Account(owner, balance));
    }

    public double total() {
        return accounts.stream().mapToDouble(account -> account.balance).sum();
    }

    public static void main(String[] args) {
        Bank bank = new Bank();
        bank.add("Ada", 100);
        bank.add("Alan", 250.5);
        Scanner in = new Scanner(System.in);
        while (in.hasNextLine()) {
            String line = in.nextLine();
            if (line.equals("total")) {
                System.out.println("Total: " + bank.total());
            } else if (line.startsWith("deposit")) {
                String[] parts = line.split(" ");
                bank.accounts.get(Integer.parseInt(parts[1])).deposit(Double.parseDouble(parts[2]));
            } else {
                System.out.println("Unknown command: " + line);
            }
        }
        for (Account account : bank.accounts) {
            System.out.println(account);
        }
    }
}
