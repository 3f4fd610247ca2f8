package ringwatch;

import org.apache.flink.api.common.operators.ProcessingTimeService.ProcessingTimeCallback;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * Gathers trails on their way to the next stage into batches, one for each of its subtasks.
 *
 * <p>It takes rows (key, trail) that have their turn as time, and batches of a stage. A batch goes on with the next
 * watermark, which says that no trail of these turns follows, or when it is full, or when it has waited as long as it
 * may. See Batch for how one is laid out.
 */
public class Gather extends AbstractStreamOperator implements OneInputStreamOperator, ProcessingTimeCallback {
    private static final long serialVersionUID = 1;
    private static final int FULL = 1 << 16;

    private final int subtasks; // of the next stage
    private final int keyGroups;
    private final long longestMs; // that a trail waits where no watermark passes; 0: one always does
    private transient Batch[] batches;

    public Gather(int subtasks, int keyGroups, long longestMs) {
        this.subtasks = subtasks;
        this.keyGroups = keyGroups;
        this.longestMs = longestMs;
    }

    public void open() throws Exception {
        super.open();
        batches = new Batch[subtasks];
        for (int subtask = 0; subtask < subtasks; subtask++) {
            batches[subtask] = new Batch(subtask);
        }
        if (longestMs > 0) {
            registerNext();
        }
    }

    public void onProcessingTime(long timestamp) throws Exception {
        flush();
        registerNext();
    }

    private void registerNext() {
        getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + longestMs, this);
    }

    public void processElement(StreamRecord element) throws Exception {
        if (element.getValue() instanceof Row) {
            Row row = (Row) element.getValue();
            long key = ((Long) row.getField(0)).longValue();
            byte[] trail = (byte[]) row.getField(1);
            Batch batch = batches[subtaskOf(key)];
            batch.add(element.getTimestamp(), key, trail, 0, trail.length);
            flushIfFull(batch);
            return;
        }
        byte[] given = (byte[]) element.getValue();
        for (int at = Batch.HEAD; at < given.length; at = Batch.next(given, at)) {
            Batch batch = batches[subtaskOf(Batch.key(given, at))];
            batch.add(given, at);
            flushIfFull(batch);
        }
    }

    public void processWatermark(Watermark passed) throws Exception {
        flush();
        output.emitWatermark(passed);
    }

    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        flush();
    }

    public void finish() throws Exception {
        flush();
        super.finish();
    }

    /** Flink keys what is keyed by Row.of(key): the state of a key is with this subtask. */
    private int subtaskOf(long key) {
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(Row.of(new Object[] {Long.valueOf(key)}), keyGroups, subtasks);
    }

    private void flushIfFull(Batch batch) {
        if (batch.size() >= FULL) {
            output.collect(new StreamRecord(batch.taken()));
        }
    }

    private void flush() {
        for (int subtask = 0; subtask < subtasks; subtask++) {
            if (!batches[subtask].isEmpty()) {
                output.collect(new StreamRecord(batches[subtask].taken()));
            }
        }
    }
}
