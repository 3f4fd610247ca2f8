package ringwatch;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;

/**
 * The format of a source of files: the lines of local files, a character per byte.
 *
 * <p>The position of a checkpoint is the number of lines read, as Flink's own text format counts them.
 */
public class Lines implements BulkFormat {
    private static final long serialVersionUID = 2;

    private final FilesRead filesRead = new FilesRead();

    public BulkFormat.Reader createReader(Configuration config, FileSourceSplit split) throws IOException {
        return opened(split, 0, false);
    }

    public BulkFormat.Reader restoreReader(Configuration config, FileSourceSplit split) throws IOException {
        CheckpointedPosition position = (CheckpointedPosition) split.getReaderPosition().get();
        return opened(split, position.getRecordsAfterOffset(), true);
    }

    private BulkFormat.Reader opened(FileSourceSplit split, long linesBefore, boolean isRestored) throws IOException {
        LinesOfFile reader = new LinesOfFile(split, linesBefore, filesRead);
        try {
            reader.open(isRestored);
            return reader;
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }

    public boolean isSplittable() {
        return false;
    }

    public TypeInformation getProducedType() {
        return Types.STRING;
    }
}
