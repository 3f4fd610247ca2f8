package ringwatch;

/**
 * A word from a source to the parser, between the records: what is missing, and why.
 *
 * <p>Records hold a character per byte, none above U+00FF. A notice begins with one above, so that no record can pass
 * for it, whatever its bytes are.
 */
public final class Notice {
    public static final String MARK = "\u26a0";

    private Notice() {}

    public static String of(String text) {
        return MARK + text;
    }

    /** Returns the notice of a file from which lines after a position are missing; how many, nobody knows. */
    public static String ofFile(String file, long position, String text) {
        return MARK + "{\"reason\":" + quoted(text) + ",\"file\":" + quoted(file) + ",\"position\":" + position + ",\"missing\":null}";
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\' || c < ' ') {
                json.append(String.format("\\u%04x", new Object[] {Integer.valueOf(c)}));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
