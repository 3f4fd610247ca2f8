package ringwatch.redis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** Brings the entries of several streams into one order, that of their ids: the same at each reading. */
class Merge implements Comparator {
    /** The streams' cursors, in the order in which entries of the same id come. */
    private final List cursors;

    Merge(List cursors) {
        this.cursors = cursors;
    }

    /**
     * Returns the steps before which nothing else can come, in order, and takes them from the cursors.
     *
     * @param waited whether the server was asked for entries, and had none for a while
     */
    List released(boolean waited) {
        ArrayList steps = new ArrayList();
        boolean alone = cursors.size() == 1;
        String bound = alone ? null : bound();
        long beforeMs = alone || waited || !isAnyAtItsEnd() ? Long.MAX_VALUE : newestMs();
        for (Object each : cursors) {
            Cursor cursor = (Cursor) each;
            while (!cursor.held.isEmpty()) {
                String order = ((Step) cursor.held.peek()).order;
                if ((bound != null && EntryId.compare(order, bound) > 0)
                        || (beforeMs != Long.MAX_VALUE && EntryId.ms(order) >= beforeMs)) {
                    break;
                }
                steps.add(cursor.held.poll());
            }
        }
        if (!alone) {
            Collections.sort(steps, this); // keeps the order of a stream's own steps of one id
        }
        return steps;
    }

    /** Returns the least id after which a stream may have more, null if none has. */
    private String bound() {
        String bound = null;
        for (Object each : cursors) {
            Cursor cursor = (Cursor) each;
            if (!cursor.finished && cursor.hasMore && (bound == null || EntryId.compare(cursor.last, bound) < 0)) {
                bound = cursor.last;
            }
        }
        return bound;
    }

    /** Returns whether a stream is read as far as it goes now: its next entry may come at any time. */
    private boolean isAnyAtItsEnd() {
        for (Object each : cursors) {
            if (!((Cursor) each).finished && !((Cursor) each).hasMore) {
                return true;
            }
        }
        return false;
    }

    /** Returns the millisecond of the newest entry: the server's clock may still give it to other entries. */
    private long newestMs() {
        long newest = 0;
        for (Object each : cursors) {
            Cursor cursor = (Cursor) each;
            if (!cursor.held.isEmpty()) {
                newest = Math.max(newest, EntryId.ms(((Step) cursor.held.peekLast()).order));
            }
        }
        return newest;
    }

    public int compare(Object one, Object other) {
        int order = EntryId.compare(((Step) one).order, ((Step) other).order);
        return order != 0 ? order : number((Step) one) - number((Step) other);
    }

    private int number(Step step) {
        for (int i = 0; i < cursors.size(); i++) {
            if (((Cursor) cursors.get(i)).split == step.split) {
                return i;
            }
        }
        return -1;
    }
}
