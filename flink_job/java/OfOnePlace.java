package ringwatch;

import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** Texts as rows (key, text), all with the key of what one place must know: `udfs.engine.keys.ONE_PLACE`. */
public class OfOnePlace implements FlatMapFunction {
    private static final long serialVersionUID = 1;

    public void flatMap(Object value, Collector out) {
        out.collect(Row.of(new Object[] {"all", value}));
    }
}
