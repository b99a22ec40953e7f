using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Pricing;

namespace Purser.Gateway.Storage;

/// <summary>
/// The ledger as it was after one entry of the journal, kept beside it so that a start needn't carry out all entries. It adds nothing to
/// what the journal says: one that doesn't belong to it, or is of another form, is passed over.
/// </summary>
internal static partial class LedgerSnapshots
{
    /// <summary>The form of what is kept: to be raised with every change of the ledger's image, or of what an entry does.</summary>
    public const int Form = 2;

    /// <summary>The one statement that keeps an image, in the place of the one before: number, hash, form, image.</summary>
    public const string Save = "INSERT OR REPLACE INTO snapshots VALUES(1, ?, ?, ?, ?)";

    /// <summary>An image as it's kept.</summary>
    public static byte[] Write(LedgerImage image) => JsonSerializer.SerializeToUtf8Bytes(image, SnapshotJson.Default.LedgerImage);

    /// <summary>The newest snapshot that belongs to the journal, or null.</summary>
    public static (long Seq, LedgerImage Image)? Load(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT s.seq, s.state FROM snapshots s JOIN journal j ON j.seq = s.seq AND j.hash = s.hash WHERE s.form = $form
            """;
        command.Parameters.AddWithValue("$form", Form);
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(row.GetFieldValue<byte[]>(1), SnapshotJson.Default.LedgerImage) is { } image
                ? (row.GetInt64(0), image)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or TimeZoneNotFoundException)
        {
            return null;
        }
    }

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
