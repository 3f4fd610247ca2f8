package ringwatch.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/** How far the fetcher has read a stream, held against what Redis says of it. */
class Cursor {
    final StreamSplit split;
    final String key;
    /** The key as replies give it, a character for each byte of its UTF-8. */
    final String keyInReplies;
    /** Entries that were read and wait for those of other streams. */
    final ArrayDeque held = new ArrayDeque();
    String last;
    /** Whether there may be more entries after the last one than were read. */
    boolean hasMore = true;
    boolean finished = false;
    /** Whether all is read that a bounded source reads, which is only said after one more look at what has left. */
    boolean atEnd = false;

    private final String end;
    private long read;
    /** The last entry at the last look. */
    private String looked;

    /** Begins at the split's position; `end` is the id of the last entry to read, null for none. */
    Cursor(StreamSplit split, String prefix, String end) {
        this.split = split;
        this.key = prefix + split.name;
        this.keyInReplies = new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        this.end = end;
        last = split.last;
        looked = last;
        read = split.read;
    }

    /** Takes entries of a reply that asked for so many, without a look at what has left. */
    void take(List entries, int asked) {
        String next = null;
        hasMore = entries.size() >= asked;
        for (Object each : entries) {
            List entry = (List) each;
            next = (String) entry.get(0);
            if (end != null && EntryId.compare(next, end) > 0) {
                hasMore = false;
                break;
            }
            read += read == StreamSplit.UNKNOWN ? 0 : 1;
            last = next;
            held.add(new Step(split, last, last, read, record(last, (List) entry.get(1)), false));
        }
        split.added = Math.max(split.added, read);
        atEnd = end != null && (!hasMore || EntryId.compare(last, end) >= 0);
    }

    /** Takes entries with what Redis said of the stream in the same moment (null: it is not there). */
    void take(List entries, int asked, Info info) throws IOException {
        boolean anew = false;
        if (info == null) {
            missesStream();
        } else {
            split.added = info.added;
            split.length = info.length;
            anew = look(entries, entries.size() >= asked, info);
        }
        if (anew) {
            hasMore = true; // the entries are those after the old position
        } else {
            take(entries, asked);
            if (atEnd) {
                finished = true;
                held.add(new Step(split, last, last, read, null, true));
            }
        }
        looked = last;
    }

    /** Says what has left before it was read; returns whether the stream is to be read from its beginning. */
    private boolean look(List entries, boolean full, Info info) {
        long removed = info.added - info.length;
        String next = entries.isEmpty() ? null : (String) ((List) entries.get(0)).get(0);
        if (read == StreamSplit.UNKNOWN) {
            if (last.equals(EntryId.FIRST)) {
                move(last, removed, next, null);
            } else if (!full) {
                move(last, info.added - entries.size(), next, null);
            }
            return false;
        }
        if (info.added < read + entries.size() || EntryId.compare(info.lastId, last) < 0) {
            return replaced(entries, full, next, info);
        }
        long missing = full ? removed - read : info.added - entries.size() - read;
        if (missing > 0) {
            move(last, read + missing, next, Gap.ofEntries(key, last, next, missing, info.deleted));
        }
        return false;
    }

    private boolean replaced(List entries, boolean full, String next, Info info) {
        long before = full ? StreamSplit.UNKNOWN : info.added - entries.size();
        if (info.firstId != null && EntryId.compare(info.firstId, looked) > 0) {
            move(last, before, next, Gap.ofAnew(key, last, next)); // all that came before the last entry is read
            return false;
        }
        if (EntryId.isTime(last) && EntryId.compare(info.lastId, last) >= 0) {
            move(last, before, next, Gap.ofLostEnd(key, last, next));
            return false;
        }
        if (EntryId.isTime(last) && (EntryId.isTime(info.lastId))) {
            move(info.lastId, info.added, null, Gap.ofLostEnd(key, last, null));
            return false;
        }
        move(EntryId.FIRST, info.added - info.length, info.firstId, Gap.ofAnew(key, last, info.firstId));
        return true;
    }

    private void missesStream() {
        if (last.equals(EntryId.FIRST)) {
            read = 0;
        } else if (read != StreamSplit.UNKNOWN) {
            // ids that are times go on; others may begin anew
            boolean isTime = EntryId.isTime(last);
            move(isTime ? last : EntryId.FIRST, isTime ? StreamSplit.UNKNOWN : 0, null, Gap.ofStream(key, last));
        }
        split.added = 0;
        split.length = 0;
    }

    /** Moves between two entries, with a notice or without (null). */
    private void move(String to, long before, String next, String notice) {
        String order = next == null ? last : next;
        last = to;
        read = before;
        held.add(new Step(split, order, last, read, notice, false));
    }

    private String record(String id, List fields) {
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if ("json".equals(fields.get(i))) {
                return (String) fields.get(i + 1);
            }
        }
        return fields.size() == 2 ? (String) fields.get(1) : Gap.ofField(key, id);
    }
}
