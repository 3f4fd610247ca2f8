package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.flink.api.common.eventtime.SerializableTimestampAssigner;
import org.apache.flink.types.Row;

/** Event time by the clock in the trail, the second field of a row: the latest event time that its reader had reached. */
public class EventClock implements SerializableTimestampAssigner {
    private static final long serialVersionUID = 1;

    private final int clockAt;

    public EventClock(int clockAt) {
        this.clockAt = clockAt;
    }

    public long extractTimestamp(Object element, long before) {
        byte[] trail = (byte[]) ((Row) element).getField(1);
        return ByteBuffer.wrap(trail).order(ByteOrder.LITTLE_ENDIAN).getLong(clockAt);
    }
}
