package ringwatch;

import org.apache.flink.api.common.operators.ProcessingTimeService.ProcessingTimeCallback;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Gives each element of a reader its turn, as its time in Flink, and says by watermarks which turns are over.
 *
 * <p>Turns are the machine's time in microseconds, one later for each element: those of several readers can be
 * compared. Between two elements the watermark goes on by the clock, so a silent reader holds nobody up.
 */
public class TakeTurns extends AbstractStreamOperator implements OneInputStreamOperator, ProcessingTimeCallback {
    private static final long serialVersionUID = 1;

    private final long everyMs;
    private final int most; // elements between two watermarks
    private transient long began; // microseconds that System.nanoTime() does not count
    private transient long turn;
    private transient int since;

    public TakeTurns(long everyMs, int most) {
        this.everyMs = everyMs;
        this.most = most;
    }

    public void open() throws Exception {
        super.open();
        began = System.currentTimeMillis() * 1000L - System.nanoTime() / 1000L;
        turn = now();
        since = 0;
        registerNext();
    }

    public void processElement(StreamRecord element) throws Exception {
        turn = Math.max(turn + 1, now());
        output.collect(element.replace(element.getValue(), turn));
        since++;
        if (since >= most) {
            mark();
        }
    }

    /** Those of the reader say when things happened; here only turns count. */
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() == Watermark.MAX_WATERMARK.getTimestamp()) {
            output.emitWatermark(mark);
        }
    }

    public void onProcessingTime(long timestamp) throws Exception {
        turn = Math.max(turn, now());
        mark();
        registerNext();
    }

    private void mark() {
        output.emitWatermark(new Watermark(turn));
        since = 0;
    }

    private void registerNext() {
        getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + everyMs, this);
    }

    private long now() {
        return began + System.nanoTime() / 1000L;
    }
}
