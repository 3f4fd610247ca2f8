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
}
