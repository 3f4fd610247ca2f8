package ringwatch.redis;

/** Ids of entries, `ms-number`, as text. */
class EntryId {
    static final String FIRST = "0-0";
    /** Ids of streams that nobody gives ids of his own are times, and later ones are greater, of another stream, too. */
    private static final int DIGITS_OF_TIME = 13;

    private EntryId() {}

    static int compare(String one, String other) {
        int dash = one.indexOf('-');
        int otherDash = other.indexOf('-');
        if (dash != otherDash) {
            return dash - otherDash; // a longer number is greater: none begins with 0
        }
        for (int i = 0; i < dash; i++) {
            if (one.charAt(i) != other.charAt(i)) {
                return one.charAt(i) - other.charAt(i);
            }
        }
        int longer = one.length() - other.length();
        return longer != 0 ? longer : one.compareTo(other);
    }

    static boolean isTime(String id) {
        return id.indexOf('-') >= DIGITS_OF_TIME;
    }

    static long ms(String id) {
        return Long.parseLong(id.substring(0, id.indexOf('-')));
    }
}
