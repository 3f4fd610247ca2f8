package ringwatch;

import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** The texts of one field of rows, as rows of their own; rows without one are passed over. */
public class TextsOf implements FlatMapFunction {
    private static final long serialVersionUID = 1;

    private final int field;

    public TextsOf(int field) {
        this.field = field;
    }

    public void flatMap(Object row, Collector out) {
        Object text = ((Row) row).getField(field);
        if (text != null) {
            out.collect(Row.of(new Object[] {text}));
        }
    }
}
