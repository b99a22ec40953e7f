using Purser.Auditor;
using Purser.Core.Ledger;

namespace Purser.Simulation.Worlds;

/// <summary>The hash chain over what was written, as the engine computes it, in the form that the auditor reads.</summary>
internal sealed class JournalChain
{
    private byte[] last = JournalEntry.Genesis.ToArray();

    public List<AuditEntry> Entries { get; } = [];

    public static JournalEntry Entry(
        JournalKind kind,
        AttemptId id,
        Amount amount,
        DateTimeOffset admittedAt,
        DateTimeOffset at,
        JournalMarks marks = JournalMarks.None
    ) =>
        new()
        {
            At = Neutral.Micros(at),
            Kind = kind,
            Attempt = id,
            AdmittedAt = Neutral.Micros(admittedAt),
            Amount = amount,
            Marks = marks,
            SubjectHash = new byte[32],
            RouteHash = new byte[32],
        };

    public void Append(JournalEntry entry)
    {
        entry.Seq = Entries.Count + 1;
        var hash = new byte[32];
        entry.ComputeHash(last, hash);
        last = hash;
        Entries.Add(
            new AuditEntry(
                entry.Seq,
                entry.At,
                (byte)entry.Kind,
                entry.Attempt.Request.ToByteArray(bigEndian: true),
                entry.Attempt.Attempt,
                entry.AdmittedAt,
                entry.Amount.Cost.Nanos,
                entry.Amount.Tokens,
                entry.Amount.Requests,
                [
                    entry.Amount.Parts.Input,
                    entry.Amount.Parts.CacheRead,
                    entry.Amount.Parts.CacheWrite,
                    entry.Amount.Parts.Output,
                    entry.Amount.Parts.Reasoning,
                ],
                (int)entry.Marks,
                entry.SubjectHash.ToArray(),
                entry.RouteHash.ToArray(),
                entry.Detail.ToArray(),
                hash
            )
        );
    }
}
