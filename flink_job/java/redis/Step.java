package ringwatch.redis;

/** An entry on its way from the fetcher to the job, or a notice between the entries: where a split is after it. */
class Step {
    final StreamSplit split;
    /** Its place among the steps of all splits. */
    final String order;
    final String last;
    final long read;
    /** What is handed on; null where only the position changes. */
    final String record;
    /** Whether nothing follows. */
    final boolean finishes;

    Step(StreamSplit split, String order, String last, long read, String record, boolean finishes) {
        this.split = split;
        this.order = order;
        this.last = last;
        this.read = read;
        this.record = record;
        this.finishes = finishes;
    }

    /** Moves the split here. */
    void take() {
        split.last = last;
        split.read = read;
    }
}
