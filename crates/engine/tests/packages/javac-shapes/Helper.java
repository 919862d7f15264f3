package geometry;

class Helper {
    private Helper() {
    }

    static String greeting(int number) {
        if (number > 100) {
            return "a large number: " + number;
        }
        return "a small number: " + number;
    }
}
