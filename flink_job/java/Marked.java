package ringwatch;

import org.apache.flink.api.common.functions.MapFunction;

/**
 * Puts a mark before each record of a source, which tells the parser what format the source has.
 *
 * <p>The mark is a character above U+00FF, which no record holds. A record without a value and a notice stay as they
 * are.
 */
public class Marked implements MapFunction {
    private static final long serialVersionUID = 1;
    private final String mark;

    public Marked(String mark) {
        this.mark = mark;
    }

    public Object map(Object record) {
        return record == null || ((String) record).startsWith(Notice.MARK) ? record : mark + record;
    }
}
