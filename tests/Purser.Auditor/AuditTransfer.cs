namespace Purser.Auditor;

/// <summary>One attempt's money, kept for ever.</summary>
internal sealed class AuditTransfer(string attempt, IReadOnlyList<string> scopes, long[] held, long admittedAt)
{
    public string Attempt => attempt;

    public IReadOnlyList<string> Scopes => scopes;

    public long AdmittedAt => admittedAt;

    public long[] Held { get; } = [.. held];

    /// <summary>What was settled and adjusted, one array each.</summary>
    public List<long[]> Settled { get; } = [];

    public bool IsOpen { get; set; } = true;

    /// <summary>The windows that it counts in.</summary>
    public List<AuditBalance> Balances { get; } = [];

    public Int128 PostedIn(int place)
    {
        Int128 sum = 0;
        foreach (var amount in Settled)
        {
            sum += amount[place];
        }

        return sum;
    }

    public Int128 PendingIn(int place) => IsOpen ? (AuditUnits.Names[place] == AuditUnits.Concurrency ? 1 : Held[place]) : 0;
}
