using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Purser.Core.Ledger;

/// <summary>What a journal entry records.</summary>
public enum JournalKind
{
    /// <summary>Money is held for an attempt, before it leaves the process.</summary>
    Reserve = 1,

    /// <summary>An attempt's actual cost; its hold is released.</summary>
    Post = 2,

    /// <summary>An attempt never reached a provider; its hold is released.</summary>
    Void = 3,

    /// <summary>A change of accounts, keys or budgets, with its text in <see cref="JournalEntry.Detail"/>.</summary>
    Control = 4,

    /// <summary>More is held for an attempt under way.</summary>
    Extend = 5,

    /// <summary>An addition to a budget's limit, with its text in <see cref="JournalEntry.Detail"/>.</summary>
    Grant = 6,

    /// <summary>
    /// A correction of what was posted for an attempt: the amount is the difference, negative where less was billed; its reason is in
    /// <see cref="JournalEntry.Detail"/>.
    /// </summary>
    Adjust = 7,
}

/// <summary>Marks on a posted entry.</summary>
[Flags]
public enum JournalMarks
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The provider gave no final usage: the amount is the best-known one, on the safe side.</summary>
    Estimated = 1,

    /// <summary>
    /// What it cost isn't known: the process ended before the attempt was settled, and it was posted at its ceiling after the restart; or the
    /// provider's figures are beyond belief, and the most that one attempt can cost was posted.
    /// </summary>
    Unconfirmed = 2,

    /// <summary>The provider billed more than was reserved; all of it is posted.</summary>
    Overage = 4,
}

/// <summary>One entry of the journal of money. Entries are only ever appended, and each one's hash covers all before it.</summary>
public sealed class JournalEntry
{
    /// <summary>The hash that the first entry follows.</summary>
    public static ReadOnlySpan<byte> Genesis => new byte[32];

    /// <summary>The entry's place, from 1, without gaps.</summary>
    public long Seq { get; set; }

    /// <summary>When it was written, in microseconds since 1970 UTC, by the ledger's high-water clock.</summary>
    public long At { get; set; }

    /// <summary>What it records.</summary>
    public JournalKind Kind { get; set; }

    /// <summary>Which attempt; default for control entries.</summary>
    public AttemptId Attempt { get; set; }

    /// <summary>The subject's row; its content is covered through <see cref="SubjectHash"/>.</summary>
    public long SubjectId { get; set; }

    /// <summary>The subject's hash, 32 bytes; empty for control entries.</summary>
    public ReadOnlyMemory<byte> SubjectHash { get; set; }

    /// <summary>The route's row; its content is covered through <see cref="RouteHash"/>.</summary>
    public long RouteId { get; set; }

    /// <summary>The route's hash, 32 bytes; empty for control entries.</summary>
    public ReadOnlyMemory<byte> RouteHash { get; set; }

    /// <summary>When the attempt was admitted, in microseconds since 1970 UTC: the windows its charge belongs to.</summary>
    public long AdmittedAt { get; set; }

    /// <summary>Held (reserve) or spent (post).</summary>
    public Amount Amount { get; set; }

    /// <summary>Marks.</summary>
    public JournalMarks Marks { get; set; }

    /// <summary>The usage event's hash (post, void), or the text of a change, a grant or an adjustment; else empty.</summary>
    public ReadOnlyMemory<byte> Detail { get; set; }

    /// <summary>Computes this entry's hash from the one before it.</summary>
    /// <param name="previous">The hash of the entry before, 32 bytes.</param>
    /// <param name="hash">Receives 32 bytes.</param>
    public void ComputeHash(ReadOnlySpan<byte> previous, Span<byte> hash)
    {
        const int fixedLength = 32 + 8 + 8 + 1 + 16 + 1 + 8 + (8 * 8) + 4 + 4 + 4 + 4;
        var length = fixedLength + SubjectHash.Length + RouteHash.Length + Detail.Length;
        var bytes = length <= 512 ? stackalloc byte[length] : new byte[length];
        var writer = new SpanWriter(bytes);
        writer.Write(previous);
        writer.Write(Seq);
        writer.Write(At);
        writer.Write((byte)Kind);
        writer.Write(Attempt.Request);
        writer.Write(Attempt.Attempt);
        writer.Write(AdmittedAt);
        writer.Write(Amount.Cost.Nanos);
        writer.Write(Amount.Tokens);
        writer.Write(Amount.Requests);
        writer.Write(Amount.Parts.Input);
        writer.Write(Amount.Parts.CacheRead);
        writer.Write(Amount.Parts.CacheWrite);
        writer.Write(Amount.Parts.Output);
        writer.Write(Amount.Parts.Reasoning);
        writer.Write((int)Marks);
        // Lengths first, so that no two entries share their bytes.
        writer.Write(SubjectHash.Length);
        writer.Write(RouteHash.Length);
        writer.Write(Detail.Length);
        writer.Write(SubjectHash.Span);
        writer.Write(RouteHash.Span);
        writer.Write(Detail.Span);
        SHA256.HashData(bytes, hash);
    }

    private ref struct SpanWriter(Span<byte> bytes)
    {
        private Span<byte> rest = bytes;

        public void Write(ReadOnlySpan<byte> value)
        {
            value.CopyTo(rest);
            rest = rest[value.Length..];
        }

        public void Write(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, value);
            rest = rest[8..];
        }

        public void Write(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, value);
            rest = rest[4..];
        }

        public void Write(byte value)
        {
            rest[0] = value;
            rest = rest[1..];
        }

        public void Write(Guid value)
        {
            value.TryWriteBytes(rest, bigEndian: true, out _);
            rest = rest[16..];
        }
    }
}
