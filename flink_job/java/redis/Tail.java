package ringwatch.redis;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;

/** The decisions that are in the stream after an id, until each is matched by one that the job makes again. */
public class Tail {
    private static final Long PAGE = Long.valueOf(1000);
    private static final String START = "0-0";

    private final LinkedHashMap unmatched = new LinkedHashMap(); // identity -> id of the entry, in the stream's order
    private String end;
    private String missing = "";

    private Tail(String end) {
        this.end = end;
    }

    /**
     * Reads the entries after an id.
     *
     * <p>Where the stream was made anew since, all of it comes after the id, whatever the server's clock says.
     */
    public static Tail after(Link link, String stream, String id) throws IOException {
        List facts = facts(link, stream);
        String last = facts == null ? START : (String) fact(facts, "last-generated-id");
        boolean anew = older(last, id);
        Tail tail = new Tail(anew ? START : id);
        if (anew) {
            tail.missing = "the stream has begun anew since";
        } else if (facts != null && older(id, last) && isTrimmedAfter(facts, id)) {
            tail.missing = "the stream was trimmed beyond it";
        }
        tail.read(link, stream);
        return tail;
    }

    /** Returns what the server says of the stream, null where there is none. */
    private static List facts(Link link, String stream) throws IOException {
        try {
            return (List) link.call(new Object[] {"XINFO", "STREAM", stream});
        } catch (RedisError error) {
            if (!error.getMessage().startsWith("ERR no such key")) {
                throw error;
            }
            return null;
        }
    }

    private static Object fact(List facts, String name) {
        return facts.get(facts.indexOf(name) + 1);
    }

    /** Returns whether entries have left the stream, and the first that is there does not follow the id. */
    private static boolean isTrimmedAfter(List facts, String id) {
        List first = (List) fact(facts, "first-entry");
        boolean whole = fact(facts, "entries-added").equals(fact(facts, "length"));
        return !whole && (first == null || older(id, before((String) first.get(0))));
    }

    private void read(Link link, String stream) throws IOException {
        while (true) {
            List page = (List) link.call(new Object[] {"XRANGE", stream, "(" + end, "+", "COUNT", PAGE});
            if (page.isEmpty()) {
                return;
            }
            for (Object each : page) {
                end = (String) ((List) each).get(0);
                String identity = identity((List) ((List) each).get(1));
                if (identity != null) {
                    unmatched.put(identity, end);
                }
            }
        }
    }

    /** Returns account and event of an entry, null for one that no job has written. */
    private static String identity(List fields) {
        String account = null;
        String id = null;
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if ("account".equals(fields.get(i))) {
                account = (String) fields.get(i + 1);
            } else if ("id".equals(fields.get(i))) {
                id = (String) fields.get(i + 1);
            }
        }
        return account == null || id == null ? null : Decided.identity(account, id);
    }

    /** Returns whether a decision is there, and matches it; the same is there no second time. */
    public boolean match(String identity) {
        return unmatched.remove(identity) != null;
    }

    public int size() {
        return unmatched.size();
    }

    public void forget() {
        unmatched.clear();
    }

    /** Returns the id of the last entry that was read, the id that was given where there was none. */
    public String end() {
        return end;
    }

    /** Returns why entries may be missing at the beginning, empty if none are. */
    public String missing() {
        return missing;
    }

    /**
     * Returns the id to read after at a restart, where `last` is the last that was written.
     *
     * <p>That is before the oldest entry that has not been matched: a second failure in the middle of a replay must still
     * find the rest.
     */
    public String position(String last) {
        Iterator ids = unmatched.values().iterator();
        return ids.hasNext() ? before((String) ids.next()) : last;
    }

    private static String before(String id) {
        int dash = id.indexOf('-');
        long number = Long.parseUnsignedLong(id.substring(dash + 1));
        String time = id.substring(0, dash);
        if (number != 0) {
            return time + "-" + Long.toUnsignedString(number - 1);
        }
        return time.equals("0") ? START : (Long.parseLong(time) - 1) + "-" + Long.toUnsignedString(-1);
    }

    public static boolean older(String one, String other) {
        int dash = one.indexOf('-');
        int otherDash = other.indexOf('-');
        int order = Long.compareUnsigned(
                Long.parseUnsignedLong(one.substring(0, dash)), Long.parseUnsignedLong(other.substring(0, otherDash)));
        if (order == 0) {
            order = Long.compareUnsigned(
                    Long.parseUnsignedLong(one.substring(dash + 1)), Long.parseUnsignedLong(other.substring(otherDash + 1)));
        }
        return order < 0;
    }
}
