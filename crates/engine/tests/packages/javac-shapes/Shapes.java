package geometry;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

public class Shapes {
    sealed interface Shape permits Circle, Rectangle {
        double area();
    }

    record Circle(double radius) implements Shape {
        public double area() {
            return Math.PI * radius * radius;
        }
    }

    record Rectangle(double width, double height) implements Shape {
        public double area() {
            return width * height;
        }
    }

    enum Unit {
        MILLIMETRE(1), CENTIMETRE(10), METRE(1000);

        final int factor;

        Unit(int factor) {
            this.factor = factor;
        }
    }

    static String describe(Shape shape) {
        return switch (shape) {
            case Circle circle -> "circle of radius " + circle.radius();
            case Rectangle rectangle -> "rectangle of " + rectangle.width() + " by " + rectangle.height();
        };
    }

    public static void main(String[] arguments) {
        List<Shape> shapes = List.of(new Circle(1), new Rectangle(2, 3), new Circle(0.5));
        String text = shapes.stream()
                .sorted(Comparator.comparingDouble(Shape::area))
                .map(Shapes::describe)
                .collect(Collectors.joining("\n"));
        System.out.println(text);
        Runnable last = new Runnable() {
            @Override
            public void run() {
                System.out.println(Helper.greeting(Unit.METRE.factor));
            }
        };
        last.run();
    }
}
