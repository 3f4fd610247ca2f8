package ringwatch;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.assigners.FileSplitAssigner;
import org.apache.flink.connector.file.src.enumerate.FileEnumerator;
import org.apache.flink.core.fs.Path;

/**
 * Finds the files of a local folder and its sub-folders, but for those whose names begin with "." or "_".
 *
 * <p>Unlike Flink's own it goes on past what is no file to read: a link that leads nowhere or back, a pipe, a file that
 * goes while it looks. It reads a folder whose own name begins with "_". With the files it finds changes of those that
 * were read, and folders that it cannot look into.
 */
public class FilesBelow implements FileEnumerator {
    private final FilesSeen seen;
    private final long readBeforeMs;
    private long id = 0;

    private FilesBelow(FilesSeen seen, long readBeforeMs) {
        this.seen = seen;
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
            FileState now = FileState.of(file);
            if (now != null) {
                addFile(file, now, splits);
            }
        }
    }

    private void addFolder(File folder, boolean isRoot, Set above, ArrayList splits) throws IOException {
        String real = folder.getCanonicalPath();
        if (!above.add(real)) {
            return; // a link to a folder that it is in
        }
        for (Iterator i = names(folder, isRoot, splits).iterator(); i.hasNext(); ) {
            String name = (String) i.next();
            if (!name.startsWith(".") && !name.startsWith("_")) {
                add(new File(folder, name), false, above, splits);
            }
        }
        above.remove(real);
    }

    /** Returns the names in a folder. File.list would pass over an error of the disk, and give a part of them. */
    private ArrayList names(File folder, boolean isRoot, ArrayList splits) throws IOException {
        ArrayList names = new ArrayList();
        try {
            DirectoryStream inside = Files.newDirectoryStream(folder.toPath());
            try {
                for (Iterator i = inside.iterator(); i.hasNext(); ) {
                    names.add(((java.nio.file.Path) i.next()).getFileName().toString());
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            } finally {
                inside.close();
            }
        } catch (IOException e) {
            if (isRoot) {
                throw new IOException(folder + " cannot be listed: mend its rights", e);
            } else if (folder.isDirectory()) {
                splits.add(Change.split(nextId(), new Path(folder.toURI()), Change.UNLISTED, 0, 0));
            }
        }
        return names;
    }

    private void addFile(File file, FileState now, ArrayList splits) {
        Path path = new Path(file.toURI());
        splits.add(new FileSourceSplit(nextId(), path, 0, now.length, now.modified, now.length));
        FileState before = seen.found(path.getPath(), now);
        String change = before == null ? null : Change.of(before, now);
        if (change != null) {
            splits.add(Change.split(nextId(), path, change, before.length, now.length));
        } else if (before == null && readBeforeMs > 0 && now.modified > readBeforeMs) {
            // also said of new files: InNaturalOrder leaves it out where the file is to be read
            splits.add(Change.split(nextId(), path, Change.AFTER_CHECKPOINT, now.length, now.length));
        }
    }

    private String nextId() {
        return "found-" + (id++);
    }

    /** Makes the enumerator of a source, at its start and after a failure, when it still knows how files were. */
    public static class Provider implements FileEnumerator.Provider {
        private static final long serialVersionUID = 3;

        private final FilesSeen seen = new FilesSeen();
        private final long readBeforeMs;

        /** Takes the time (ms since 1970) of the checkpoint that the job begins with, 0 if there is none. */
        public Provider(long readBeforeMs) {
            this.readBeforeMs = readBeforeMs;
        }

        public FileEnumerator create() {
            return new FilesBelow(seen, readBeforeMs);
        }

        /** Makes the order of the files that this one's enumerators find. */
        public FileSplitAssigner.Provider order() {
            return new InNaturalOrder.Provider(seen);
        }
    }
}
