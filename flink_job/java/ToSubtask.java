package ringwatch;

import org.apache.flink.api.common.functions.Partitioner;
import org.apache.flink.api.java.functions.KeySelector;

/** Sends a batch to the subtask for which it is. */
public class ToSubtask implements KeySelector, Partitioner {
    private static final long serialVersionUID = 1;

    public Object getKey(Object batch) {
        return Integer.valueOf(Batch.subtask((byte[]) batch));
    }

    public int partition(Object subtask, int subtasks) {
        return ((Integer) subtask).intValue();
    }
}
