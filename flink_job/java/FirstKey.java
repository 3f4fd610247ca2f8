package ringwatch;

import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.types.Row;

/** The key of a batch's first trail: all trails of a batch are of one subtask, so their operator's state is there. */
public class FirstKey implements KeySelector {
    private static final long serialVersionUID = 1;

    public Object getKey(Object batch) {
        return Row.of(new Object[] {Long.valueOf(Batch.key((byte[]) batch, Batch.HEAD))});
    }
}
