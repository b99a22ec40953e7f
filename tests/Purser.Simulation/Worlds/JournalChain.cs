using System.Globalization;
using System.Text;
using Purser.Auditor;
using Purser.Core.Ledger;

namespace Purser.Simulation.Worlds;

/// <summary>The hash chain over what was written, as the engine computes it, in the form that the auditor reads.</summary>
internal sealed class JournalChain
{
    private byte[] last = Core.Ledger.JournalChain.Genesis.ToArray();

    public List<AuditEntry> Entries { get; } = [];

    public static byte[] Entry(
        JournalKind kind,
        AttemptId id,
        Amount amount,
        DateTimeOffset admittedAt,
        DateTimeOffset at,
        JournalMarks marks = JournalMarks.None
    ) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind} {id} {amount} {admittedAt:O} {at:O} {marks}"));

    public void Append(byte[] body)
    {
        var hash = new byte[Core.Ledger.JournalChain.HashLength];
        using var chain = new Core.Ledger.JournalChain();
        chain.Next(last, body, hash);
        last = hash;
        Entries.Add(new AuditEntry(Entries.Count + 1, body, hash));
    }
}
