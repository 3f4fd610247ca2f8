package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** Enriched documents with clock and key before them, each in a line, as rows (key, `Half.to_bytes` of the document). */
public class KeyedDocument implements FlatMapFunction {
    private static final long serialVersionUID = 1;
    private static final int HEAD = 17;

    public void flatMap(Object value, Collector out) {
        String text = (String) value;
        int clockEnds = text.indexOf('\n');
        int keyEnds = text.indexOf('\n', clockEnds + 1);
        byte[] document = text.substring(keyEnds + 1).getBytes(StandardCharsets.UTF_8);
        ByteBuffer half = ByteBuffer.allocate(HEAD + document.length).order(ByteOrder.LITTLE_ENDIAN);
        half.put((byte) 'D').putLong(Long.parseLong(text.substring(0, clockEnds))).putLong(0).put(document);
        out.collect(Row.of(new Object[] {text.substring(clockEnds + 1, keyEnds), half.array()}));
    }
}
