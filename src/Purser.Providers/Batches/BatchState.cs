namespace Purser.Providers.Batches;

/// <summary>How a batch ended.</summary>
public enum BatchEnd
{
    /// <summary>It hasn't.</summary>
    None,

    /// <summary>Every request of it was answered, or failed.</summary>
    Completed,

    /// <summary>The provider couldn't read it: none of it ran.</summary>
    Failed,

    /// <summary>Its time was over before all of it ran.</summary>
    Expired,

    /// <summary>It was cancelled; what had run until then is billed.</summary>
    Cancelled,
}

/// <summary>What a provider says of a batch.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">Its status in the provider's words.</param>
/// <param name="End">How it ended.</param>
public sealed record BatchState(string Id, string Status, BatchEnd End)
{
    /// <summary>How many of its requests have an answer that is billed; null where the provider doesn't say.</summary>
    public long? Answered { get; init; }

    /// <summary>The ids of the files that its results are in; empty where they aren't in files, or there are none.</summary>
    public IReadOnlyList<string> ResultFiles { get; init; } = [];

    /// <summary>Where the provider's own URL of the results stands in the object, with its quotes; empty where there is none.</summary>
    internal JsonSlice ResultsUrl { get; init; }
}
