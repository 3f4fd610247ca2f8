package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.types.Row;
import org.apache.flink.util.clock.RelativeClock;

/**
 * Watermarks a lag behind the clock of a reader, for events that wait for them (InTimeOrder).
 *
 * <p>After a silence all that has come is let go, else the last events of an evening would wait for the morning's; then
 * the reader holds nobody up until its next event. What is ahead of the reader's clock is let go once the clock has stood
 * still for as long. A silence is one of the source: while what comes after the reader is busy, none passes. A label
 * moves no clock and ends no silence, so a reader of labels alone holds nobody up. Rows are (key, trail).
 */
public class OrderClock implements WatermarkGeneratorSupplier {
    private static final long serialVersionUID = 1;

    private final long lagMs;
    private final long silenceMs; // 0: never
    private final int timeAt;
    private final int clockAt;
    private final int typeAt;
    private final int label; // type of labels

    public OrderClock(long lagMs, long silenceMs, int timeAt, int clockAt, int typeAt, int label) {
        this.lagMs = lagMs;
        this.silenceMs = silenceMs;
        this.timeAt = timeAt;
        this.clockAt = clockAt;
        this.typeAt = typeAt;
        this.label = label;
    }

    public WatermarkGenerator createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
        return new Marks(this, context.getInputActivityClock());
    }

    private static class Marks implements WatermarkGenerator {
        private final OrderClock of;
        private final RelativeClock machine;
        private long clock = 0; // the latest that the reader had
        private long latest = 0; // event or clock
        private long mark = Long.MIN_VALUE;
        private boolean hasBegun = false; // an event has come
        private long heard; // of machine
        private long moved; // when the clock was, of machine

        Marks(OrderClock of, RelativeClock machine) {
            this.of = of;
            this.machine = machine;
            heard = machine.relativeTimeNanos();
            moved = heard;
        }

        public void onEvent(Object event, long before, WatermarkOutput output) {
            byte[] trail = (byte[]) ((Row) event).getField(1);
            ByteBuffer numbers = ByteBuffer.wrap(trail).order(ByteOrder.LITTLE_ENDIAN);
            long now = numbers.getLong(of.clockAt);
            latest = Math.max(latest, Math.max(numbers.getLong(of.timeAt), now));
            if (trail[of.typeAt] == of.label) {
                return;
            }
            hasBegun = true;
            heard = machine.relativeTimeNanos();
            if (now > clock) {
                clock = now;
                moved = heard;
            }
            output.markActive();
        }

        public void onPeriodicEmit(WatermarkOutput output) {
            long now = machine.relativeTimeNanos();
            boolean isSilent = of.silenceMs > 0 && (now - heard) / 1000000L >= of.silenceMs;
            if (clock > 0 || (isSilent && hasBegun)) {
                long reached = clock > 0 ? clock + (now - moved) / 1000000L : latest;
                long at = isSilent ? Math.max(clock, Math.min(latest, reached)) : clock - of.lagMs - 1;
                if (at > mark) {
                    mark = at;
                    output.emitWatermark(new Watermark(at));
                }
            }
            if (isSilent) {
                output.markIdle();
            }
        }
    }
}
