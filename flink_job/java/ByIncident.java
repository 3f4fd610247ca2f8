package ringwatch;

import org.apache.flink.api.common.functions.Partitioner;
import org.apache.flink.api.java.functions.KeySelector;

/** Sends the revisions of an incident to one subtask. They are documents whose first field is the incident's id. */
public class ByIncident implements KeySelector, Partitioner {
    private static final long serialVersionUID = 1;

    public Object getKey(Object document) {
        String text = (String) document;
        return text.substring(0, Math.max(0, text.indexOf(',')));
    }

    public int partition(Object id, int subtasks) {
        return Math.floorMod(id.hashCode(), subtasks);
    }
}
