package ringwatch.redis;

/** What became of a position that is gone, or of an entry that holds no record: a notice, as ringwatch.Notice says it. */
class Gap {
    /** Begins each notice: no record can pass for one. */
    private static final String MARK = "\u26a0";
    private static final long UNKNOWN = -1;

    private Gap() {}

    /** Returns the notice on entries that have left the stream before they were read. */
    static String ofEntries(String stream, String position, String next, long missing, boolean deleted) {
        String how = deleted ? "trimmed or deleted (XDEL)" : "trimmed";
        String count = missing == 1 ? "1 entry is" : missing + " entries are";
        String on = next == null ? "it is read on from there" : "it is read on at " + next;
        return text(stream, position, next, missing, "entries were " + how + " before they were read, " + count + " missing; " + on);
    }

    /** Returns the notice on a stream that is not there any more. */
    static String ofStream(String stream, String position) {
        return text(stream, position, null, UNKNOWN,
                "the stream is not there; it is read on when entries are added to it, how many are missing is not known");
    }

    /** Returns the notice on a stream that has fewer entries than were read. */
    static String ofAnew(String stream, String position, String next) {
        return text(stream, position, next, UNKNOWN, "the stream was made anew and is read from its oldest entry"
                + (next == null ? "" : ", " + next) + "; how many entries of the old one are missing is not known");
    }

    /** Returns the notice on entries that Redis itself has lost after they were read. */
    static String ofLostEnd(String stream, String position, String next) {
        return text(stream, position, next, UNKNOWN, "Redis has lost entries that were read before, as after a failure without a whole "
                + "append-only file; it is read on with what is new, how many unread ones are missing is not known");
    }

    private static String text(String stream, String position, String next, long missing, String what) {
        return MARK + "{\"reason\":" + quoted("position " + position + " of " + stream + " is gone: " + what) + ",\"stream\":" + quoted(stream)
                + ",\"position\":" + quoted(position) + ",\"goes_on_at\":" + (next == null ? "null" : quoted(next)) + ",\"missing\":"
                + (missing == UNKNOWN ? "null" : Long.toString(missing)) + "}";
    }

    /** Returns the notice on an entry without a record. */
    static String ofField(String stream, String id) {
        return MARK + "{\"reason\":" + quoted("entry " + id + " of " + stream + " has no field json; XADD " + stream + " * json '{...}'")
                + ",\"stream\":" + quoted(stream) + ",\"entry\":" + quoted(id) + "}";
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
