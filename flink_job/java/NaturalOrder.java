package ringwatch;

import java.text.Normalizer;

/** The order of files by their names, as domain/file_order.py has it: the same key, character for character. */
public final class NaturalOrder {
    private static final int LAST_WITH_CASE = 0x1C80; // later letters have case in some versions of Unicode only

    private NaturalOrder() {}

    /** Returns ASCII text whose order is the natural order of paths, folder by folder. */
    public static String key(String path) {
        StringBuilder key = new StringBuilder();
        String[] parts = path.split("/");
        for (int i = 0; i < parts.length; i++) {
            if (parts[i].isEmpty()) {
                continue;
            }
            int[] name = Normalizer.normalize(parts[i], Normalizer.Form.NFC).codePoints().toArray();
            int stem = stemLength(name);
            runs(name, 0, stem, key);
            key.append('!');
            runs(name, stem, name.length, key);
            key.append('!');
            for (int j = 0; j < name.length; j++) {
                append(name[j], key);
            }
            key.append(' ');
        }
        return key.toString();
    }

    /** Returns where the endings begin: "events" of "events.jsonl.gz", all of "events.jsonl.1". */
    private static int stemLength(int[] name) {
        int stem = name.length;
        for (int i = name.length - 1; i > 0; i--) {
            int c = name[i];
            boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (c == '.') {
                if (i + 1 >= stem) {
                    return stem;
                }
                int first = name[i + 1];
                if (first >= '0' && first <= '9') {
                    return stem;
                }
                stem = i;
            } else if (!isLetter && !(c >= '0' && c <= '9')) {
                return stem;
            }
        }
        return stem;
    }

    private static void runs(int[] name, int from, int to, StringBuilder key) {
        int i = from;
        while (i < to) {
            if (digit(name[i]) < 0) {
                append(lower(name[i]), key);
                i++;
                continue;
            }
            StringBuilder number = new StringBuilder();
            while (i < to && digit(name[i]) >= 0) {
                if (number.length() > 0 || digit(name[i]) > 0) {
                    number.append((char) ('0' + digit(name[i])));
                }
                i++;
            }
            append('0', key);
            append(number.length(), key);
            key.append(number);
        }
    }

    private static int digit(int c) {
        return c <= 0xFFFF ? Character.digit(c, 10) : -1;
    }

    private static int lower(int c) {
        return c < LAST_WITH_CASE && c != 0x130 ? Character.toLowerCase(c) : c;
    }

    private static void append(int c, StringBuilder key) {
        String hex = Integer.toHexString(c);
        for (int i = hex.length(); i < 6; i++) {
            key.append('0');
        }
        key.append(hex);
    }
}
