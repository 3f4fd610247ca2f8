package ringwatch.tests;

import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;

public class Drain implements ReaderOutput {
    private ArrayList records = new ArrayList();
    private long count = 0;
    private boolean keeps = true;

    public void countOnly() {
        keeps = false;
    }

    /** Returns the records since the last call, U+FFFF between them; null for none. */
    public String taken() {
        String taken = records.isEmpty() ? null : String.join("\uffff", records);
        records.clear();
        return taken;
    }

    /** Takes records until there are so many more, the input ends, or none comes for a while; returns the last status. */
    public String from(SourceReader reader, long most, long patienceMs) throws Exception {
        long end = count + most;
        InputStatus status = InputStatus.MORE_AVAILABLE;
        while (count < end && status != InputStatus.END_OF_INPUT) {
            if (status == InputStatus.NOTHING_AVAILABLE) {
                try {
                    reader.isAvailable().get(patienceMs, TimeUnit.MILLISECONDS);
                } catch (java.util.concurrent.TimeoutException nothing) {
                    return status.toString();
                }
            }
            status = reader.pollNext(this);
        }
        return status.toString();
    }

    public void collect(Object record) {
        count++;
        if (keeps) {
            records.add(record);
        }
    }

    public void collect(Object record, long time) {
        collect(record);
    }

    public void emitWatermark(Watermark mark) {}

    public void markIdle() {}

    public void markActive() {}

    public SourceOutput createOutputForSplit(String split) {
        return this;
    }

    public void releaseOutputForSplit(String split) {}
}
