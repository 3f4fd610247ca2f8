package ringwatch;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Gives rows with a trail their event time (EventClock) and leaves the watermarks as they are: they come in order. */
public class AtItsTime extends AbstractStreamOperator implements OneInputStreamOperator {
    private static final long serialVersionUID = 1;

    private final EventClock clock;

    public AtItsTime(EventClock clock) {
        this.clock = clock;
    }

    public void processElement(StreamRecord element) throws Exception {
        Object row = element.getValue();
        output.collect(element.replace(row, clock.extractTimestamp(row, 0)));
    }
}
