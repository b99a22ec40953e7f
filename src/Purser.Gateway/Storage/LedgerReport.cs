namespace Purser.Gateway.Storage;

/// <summary>What <see cref="LedgerVerifier"/> found in a data folder.</summary>
public sealed record LedgerReport
{
    /// <summary>How many problems are described; <see cref="ProblemCount"/> counts them all.</summary>
    public const int MostProblems = 20;

    /// <summary>Entries of the journal.</summary>
    public long Entries { get; init; }

    /// <summary>The newest entry's hash, 64 hexadecimal digits. Kept elsewhere, it proves later that the journal's end wasn't cut off.</summary>
    public string HeadHash { get; init; } = "";

    /// <summary>Attempts that money was reserved for.</summary>
    public long Reserves { get; init; }

    /// <summary>Attempts whose cost was posted.</summary>
    public long Posts { get; init; }

    /// <summary>Attempts that never reached a provider.</summary>
    public long Voids { get; init; }

    /// <summary>Times that more was held for an attempt under way.</summary>
    public long Extensions { get; init; }

    /// <summary>Additions to budgets' limits.</summary>
    public long Grants { get; init; }

    /// <summary>Corrections of what was posted.</summary>
    public long Adjustments { get; init; }

    /// <summary>Changes of accounts, keys and budgets.</summary>
    public long ControlChanges { get; init; }

    /// <summary>All that was posted, in nano-dollars.</summary>
    public Int128 PostedNanos { get; init; }

    /// <summary>Attempts reserved and not ended: those under way, where a gateway is running.</summary>
    public long OpenReservations { get; init; }

    /// <summary>Attempts posted at their ceiling after a crash.</summary>
    public long Unconfirmed { get; init; }

    /// <summary>Attempts posted at the best-known usage, because the provider gave none.</summary>
    public long Estimated { get; init; }

    /// <summary>Attempts that the provider billed above what was reserved.</summary>
    public long Overage { get; init; }

    /// <summary>Requests that were refused; they moved no money.</summary>
    public long Refusals { get; init; }

    /// <summary>Usage events of the journal that are in the reports' own database; the others follow when a gateway runs.</summary>
    public long ProjectedEvents { get; init; }

    /// <summary>Checks of a reservation against a budget.</summary>
    public long LimitChecks { get; init; }

    /// <summary>How many problems there are.</summary>
    public long ProblemCount { get; init; }

    /// <summary>The first problems, in the journal's order: "entry 7: …".</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Whether there are none.</summary>
    public bool IsClean => ProblemCount == 0;
}
