package ringwatch;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The latest events by time, then account, then id: the same whatever order they come in. Bounded. */
public class LatestEvents {
    private final long[] times;
    private final byte[][] ids; // UTF-8
    private final long[] accounts; // pseudonyms
    private int size;

    public LatestEvents(int most) {
        times = new long[most];
        ids = new byte[most][];
        accounts = new long[most];
    }

    /** Adds an event whose id is in text from one place to another, unless all that are held come after it. */
    public void add(long time, long account, byte[] text, int from, int to) {
        int at = size;
        while (at > 0 && isBefore(time, account, text, from, to, at - 1)) {
            at--;
        }
        if (size < times.length) {
            move(at, at + 1, size - at);
            size++;
        } else if (at == 0) {
            return;
        } else {
            at--;
            move(1, 0, at);
        }
        times[at] = time;
        accounts[at] = account;
        ids[at] = Arrays.copyOfRange(text, from, to);
    }

    /** Writes the events as a JSON list of texts, as domain/incidents/waves/sample.py has them. */
    public void write(StringBuilder json) {
        for (int n = 0; n < size; n++) {
            json.append(n == 0 ? "[\"" : "\",\"");
            pad(json, Long.toString(times[n]), 15);
            pad(json, Long.toHexString(accounts[n]), 16);
            quote(json, new String(ids[n], StandardCharsets.UTF_8));
        }
        json.append("\"]");
    }

    private static void pad(StringBuilder json, String digits, int wide) {
        for (int missing = wide - digits.length(); missing > 0; missing--) {
            json.append('0');
        }
        json.append(digits);
    }

    /** Writes a text so that what is no plain letter is escaped. */
    private static void quote(StringBuilder json, String text) {
        for (int n = 0; n < text.length(); n++) {
            char letter = text.charAt(n);
            if (letter < ' ' || letter > '~' || letter == '"' || letter == '\\') {
                json.append("\\u");
                pad(json, Integer.toHexString(letter), 4);
            } else {
                json.append(letter);
            }
        }
    }

    private boolean isBefore(long time, long account, byte[] text, int from, int to, int at) {
        if (time != times[at]) {
            return time < times[at];
        }
        int order = Long.compareUnsigned(account, accounts[at]);
        return order < 0 || (order == 0 && Arrays.compareUnsigned(text, from, to, ids[at], 0, ids[at].length) < 0);
    }

    private void move(int from, int to, int count) {
        System.arraycopy(times, from, times, to, count);
        System.arraycopy(ids, from, ids, to, count);
        System.arraycopy(accounts, from, accounts, to, count);
    }
}
