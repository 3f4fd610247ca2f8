package ringwatch;

import java.util.PriorityQueue;
import org.apache.flink.api.common.operators.ProcessingTimeService.ProcessingTimeCallback;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Hands trails that come from several subtasks on by their turns (TakeTurns), as if one had brought them all. They come
 * in batches (Gather) and go on in batches.
 *
 * <p>A trail waits until no subtask can bring one whose turn was before, but for no longer than it may, and among no
 * more than may: a subtask that does nothing, and a reader whose machine's clock is fast, hold the others up for so
 * long. That begins when each subtask has said where it is: until then one may still be starting. A checkpoint's
 * barrier parts the turns of a reader: what waits before it goes on before it, so nothing is kept in it.
 */
public class InTurn extends AbstractStreamOperator implements OneInputStreamOperator, ProcessingTimeCallback {
    private static final long serialVersionUID = 1;
    private static final int FULL = 1 << 18;

    private final long longestMs;
    private final int most;
    private transient PriorityQueue waiting;
    private transient int count; // trails that wait
    private transient long mark;
    private transient long latest; // of the turns that waited when the clock was last looked at
    private transient Batch released;

    public InTurn(long longestMs, int most) {
        this.longestMs = longestMs;
        this.most = most;
    }

    public void open() throws Exception {
        super.open();
        waiting = new PriorityQueue();
        count = 0;
        mark = Long.MIN_VALUE;
        latest = Long.MIN_VALUE;
        released = new Batch(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        registerNext();
    }

    public void processElement(StreamRecord element) throws Exception {
        Waiting batch = new Waiting((byte[]) element.getValue());
        count += batch.count();
        waiting.add(batch);
        while (count > most) {
            let(((Waiting) waiting.peek()).turn());
        }
        handOn();
    }

    /** Hands on what waited already when the clock was last looked at. */
    public void onProcessingTime(long timestamp) throws Exception {
        release(latest);
        if (mark > Long.MIN_VALUE) {
            for (Object batch : waiting) {
                latest = Math.max(latest, ((Waiting) batch).lastTurn);
            }
        }
        registerNext();
    }

    private void registerNext() {
        getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + longestMs, this);
    }

    public void processWatermark(Watermark passed) throws Exception {
        mark = passed.getTimestamp();
        release(mark);
        output.emitWatermark(passed);
    }

    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        release(Long.MAX_VALUE);
    }

    public void finish() throws Exception {
        release(Long.MAX_VALUE);
        super.finish();
    }

    /** Hands on what has its turn until `until`, inclusive. */
    private void release(long until) {
        let(until);
        handOn();
    }

    private void let(long until) {
        while (!waiting.isEmpty() && ((Waiting) waiting.peek()).turn() <= until) {
            Waiting batch = (Waiting) waiting.poll();
            // As long as no other batch comes before it, it needs no queue.
            long others = waiting.isEmpty() ? Long.MAX_VALUE : ((Waiting) waiting.peek()).turn();
            do {
                released.add(batch.bytes, batch.at);
                count--;
                batch.step();
                if (released.size() >= FULL) {
                    handOn();
                }
            } while (!batch.isOver() && batch.turn() <= others && batch.turn() <= until);
            if (!batch.isOver()) {
                waiting.add(batch);
            }
        }
    }

    private void handOn() {
        if (!released.isEmpty()) {
            output.collect(new StreamRecord(released.taken()));
        }
    }

    /** What waits of a batch. Of several readers two trails may have one turn: then it does not matter which is first. */
    private static class Waiting implements Comparable {
        final byte[] bytes;
        final long lastTurn;
        private final int count;
        int at = Batch.HEAD;

        Waiting(byte[] bytes) {
            this.bytes = bytes;
            int found = 0;
            long last = Long.MIN_VALUE;
            for (int each = Batch.HEAD; each < bytes.length; each = Batch.next(bytes, each)) {
                last = Math.max(last, Batch.turn(bytes, each));
                found++;
            }
            lastTurn = last;
            count = found;
        }

        int count() {
            return count;
        }

        long turn() {
            return Batch.turn(bytes, at);
        }

        void step() {
            at = Batch.next(bytes, at);
        }

        boolean isOver() {
            return at >= bytes.length;
        }

        public int compareTo(Object other) {
            return Long.compare(turn(), ((Waiting) other).turn());
        }
    }
}
