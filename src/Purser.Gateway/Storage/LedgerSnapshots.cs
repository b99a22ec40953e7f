using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>
/// The ledger as it was after one entry of the journal, kept beside it so that a start needn't carry out all entries. It adds nothing to
/// what the journal says: one that the journal doesn't vouch for by its hash, or of another form, is passed over.
/// </summary>
internal static partial class LedgerSnapshots
{
    /// <summary>The form of what is kept: to be raised with every change of the ledger's image, or of what an entry does.</summary>
    public const int Form = 2;

    /// <summary>The one statement that keeps an image, in the place of the one before: number, hash, form, image.</summary>
    public const string Save = "INSERT OR REPLACE INTO snapshots VALUES(1, ?, ?, ?, ?)";

    /// <summary>An image as it's kept.</summary>
    public static byte[] Write(LedgerImage image) => JsonSerializer.SerializeToUtf8Bytes(image, SnapshotJson.Default.LedgerImage);

    /// <summary>The text of the entry that follows the one that a snapshot was made after, and vouches for it.</summary>
    /// <param name="seq">The number of the entry that it was made after.</param>
    /// <param name="form">The snapshot's form.</param>
    /// <param name="state">The image as it's kept.</param>
    public static string Voucher(long seq, int form, ReadOnlySpan<byte> state) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"entry":{{seq}},"form":{{form}},"sha256":"{{Convert.ToHexStringLower(SHA256.HashData(state))}}"}"""
        );

    /// <summary>
    /// The snapshot that the journal vouches for, with the number of the entry that does, which changes nothing; or null.
    /// </summary>
    /// <exception cref="InvalidDataException">The entry that should vouch for it can't be read.</exception>
    public static (long Seq, LedgerImage Image)? Load(SqliteConnection connection)
    {
        if (Read(connection) is not { Form: Form, IsVouchedFor: true } stored)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(stored.State, SnapshotJson.Default.LedgerImage) is { } image && SnapshotShape.IsWhole(image)
                ? (stored.Seq + 1, image)
                : null;
        }
        catch (Exception exception)
            when (exception
                    is JsonException
                        or FormatException
                        or TimeZoneNotFoundException
                        or ArgumentException
                        or InvalidOperationException
                        or KeyNotFoundException
            )
        {
            return null;
        }
    }

    /// <summary>Why a start passes over the snapshot that is there, or null. A snapshot of another form is no problem.</summary>
    /// <exception cref="InvalidDataException">The entry that should vouch for it can't be read.</exception>
    public static string? Problem(SqliteConnection connection) =>
        Read(connection) is not { } stored || stored.IsVouchedFor
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the snapshot of entry {stored.Seq} isn't the one that the journal names: a start passes it over, and carries out all entries"
            );

    private static Stored? Read(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT s.seq, s.form, s.state, j.seq FROM snapshots s LEFT JOIN journal j ON j.seq = s.seq AND j.hash = s.hash
            """;
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            return null;
        }

        var (seq, form, state) = (row.GetInt64(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2));
        var isVouchedFor =
            !row.IsDBNull(3)
            && JournalReader.Find(connection, seq + 1) is { Kind: JournalKind.Snapshot } entry
            && entry.Text == Voucher(seq, form, state);
        return new Stored(seq, form, state, isVouchedFor);
    }

    private sealed record Stored(long Seq, int Form, byte[] State, bool IsVouchedFor);

    /// <summary>The name of a budget whose figures differ between two ledgers, or null.</summary>
    public static string? Differ(LedgerState left, LedgerState right)
    {
        // Somebody may have looked at one of them later than its last entry. What rules granted until then is among the entries.
        (left.Replaying, right.Replaying) = (true, true);
        var now = left.HighWater > right.HighWater ? left.HighWater : right.HighWater;
        var (first, second) = (Figures(left, now), Figures(right, now));
        return first.Keys.Union(second.Keys).FirstOrDefault(key => first.GetValueOrDefault(key) != second.GetValueOrDefault(key)).Budget;
    }

    private static Dictionary<(string Budget, BudgetScope Instance), (WindowSpan, long, long, long)> Figures(
        LedgerState state,
        DateTimeOffset now
    ) =>
        state
            .Balances(now)
            // What "each" stands for has no line before it's used, and an unused one looks like none.
            .Where(figures =>
                !figures.Budget.Scope.IsEach || figures is not { Posted: 0, Pending: 0 } || figures.Limit != figures.Budget.Limit
            )
            .ToDictionary(
                figures => (figures.Budget.Id, figures.Instance),
                figures => (figures.Window, figures.Posted, figures.Pending, figures.Limit)
            );

    [JsonSourceGenerationOptions(
        Converters = [typeof(BudgetConverter), typeof(ScopeConverter), typeof(GrantConverter), typeof(MoneyConverter)],
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault
    )]
    [JsonSerializable(typeof(LedgerImage))]
    private sealed partial class SnapshotJson : JsonSerializerContext;

    private sealed class BudgetConverter : TextConverter<Budget>
    {
        protected override Budget Read(string text) => BudgetJson.ReadBudget(text);

        protected override string Write(Budget value) => BudgetJson.Write(value);
    }

    private sealed class ScopeConverter : TextConverter<BudgetScope>
    {
        protected override BudgetScope Read(string text) => BudgetScope.Parse(text);

        protected override string Write(BudgetScope value) => value.ToString();
    }

    private sealed class GrantConverter : TextConverter<Grant>
    {
        protected override Grant Read(string text) => BudgetJson.ReadGrant(text);

        protected override string Write(Grant value) => BudgetJson.Write(value);
    }

    private sealed class MoneyConverter : JsonConverter<Money>
    {
        public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Nanos);
    }

    private abstract class TextConverter<T> : JsonConverter<T>
    {
        public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Read(reader.GetString() ?? throw new JsonException("A text is missing."));

        public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Write(value));

        protected abstract T Read(string text);

        protected abstract string Write(T value);
    }
}
