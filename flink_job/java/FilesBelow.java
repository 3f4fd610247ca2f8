package ringwatch;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.enumerate.FileEnumerator;
import org.apache.flink.core.fs.Path;

/**
 * Finds the files of a local folder and its sub-folders, but for those whose names begin with "." or "_".
 *
 * <p>Unlike Flink's own it goes on past what is no file to read: a link that leads nowhere or back, a pipe, a file that
 * goes while it looks. And it reads a folder whose own name begins with "_".
 */
public class FilesBelow implements FileEnumerator {
    private final HashMap firstLengths; // path -> Long
    private final long readBeforeMs;
    private long id = 0;

    private FilesBelow(HashMap firstLengths, long readBeforeMs) {
        this.firstLengths = firstLengths;
        this.readBeforeMs = readBeforeMs;
    }

    public Collection enumerateSplits(Path[] paths, int least) throws IOException {
        ArrayList splits = new ArrayList();
        for (int i = 0; i < paths.length; i++) {
            File root = new File(paths[i].getPath());
            if (!root.exists()) {
                throw new IOException(root + " does not exist, or cannot be read: is its disk mounted?");
            }
            add(root, true, new HashSet(), splits);
        }
        return splits;
    }

    private void add(File file, boolean isRoot, Set above, ArrayList splits) throws IOException {
        if (file.isDirectory()) {
            addFolder(file, isRoot, above, splits);
        } else if (file.isFile() || (isRoot && file.exists())) {
            splits.add(split(new Path(file.toURI()), file.length(), file));
            addGrowth(file, splits);
        }
    }

    private void addFolder(File folder, boolean isRoot, Set above, ArrayList splits) throws IOException {
        String real = folder.getCanonicalPath();
        if (!above.add(real)) {
            return; // a link to a folder that it is in
        }
        File[] inside = folder.listFiles();
        if (inside == null && isRoot) {
            throw new IOException(folder + " cannot be listed: mend its rights");
        }
        for (int i = 0; inside != null && i < inside.length; i++) {
            String name = inside[i].getName();
            if (!name.startsWith(".") && !name.startsWith("_")) {
                add(inside[i], false, above, splits);
            }
        }
        above.remove(real);
    }

    /**
     * Adds a split for the reader to say, once, that a file has grown after it was found, or was written to after the
     * checkpoint that the job began with. The latter is said of new files as well: InNaturalOrder leaves it out where
     * the file is to be read.
     */
    private void addGrowth(File file, ArrayList splits) {
        Long first = (Long) firstLengths.get(file.getPath());
        if (first == null) {
            firstLengths.put(file.getPath(), Long.valueOf(file.length()));
            if (readBeforeMs > 0 && file.lastModified() > readBeforeMs) {
                splits.add(split(new Path(new Path(file.toURI()), Lines.GROWN), file.length(), file));
            }
        } else if (file.length() > first.longValue()) {
            splits.add(split(new Path(new Path(file.toURI()), Lines.GROWN), first.longValue(), file));
        }
    }

    private FileSourceSplit split(Path path, long length, File file) {
        return new FileSourceSplit("found-" + (id++), path, 0, length, file.lastModified(), file.length());
    }

    /** Makes the enumerator of a source, at its start and after a failure, when it still knows how long files were. */
    public static class Provider implements FileEnumerator.Provider {
        private static final long serialVersionUID = 2;

        private final HashMap firstLengths = new HashMap();
        private final long readBeforeMs;

        /** Takes the time (ms since 1970) of the checkpoint that the job begins with, 0 if there is none. */
        public Provider(long readBeforeMs) {
            this.readBeforeMs = readBeforeMs;
        }

        public FileEnumerator create() {
            return new FilesBelow(firstLengths, readBeforeMs);
        }
    }
}
