using System.Globalization;
using DuckDB.NET.Data;

namespace Purser.Analytics;

/// <summary>
/// A query as SQL. Its text is made of fixed parts and numbers alone; every text of a caller's is a parameter.
/// </summary>
/// <remarks>
/// Requests are counted without looking for equal ones. An attempt counts for its request unless an earlier attempt of it is in the same row
/// of the answer; and whether one is, follows from the traits in which they are the same (<see cref="UsageRow.Repeats"/>) and those that the
/// answer is grouped and filtered by. So counts are sums, as costs are.
/// </remarks>
internal sealed class UsageSql
{
    private const string IsAttempt = "\"purser.attempt\" > 0 AND \"ChargeClass\" IS NULL";
    private readonly List<(string Name, object Value)> parameters = [];
    private readonly UsageQuery query;
    private readonly List<string> values;
    private readonly List<string> conditions = [];
    private readonly AttemptTraits filtered;
    private readonly AttemptTraits grouped;

    private UsageSql(UsageQuery query)
    {
        this.query = query;
        values = [.. query.By.Select(ValueOf)];
        if (query.From > long.MinValue)
        {
            conditions.Add($"\"ChargePeriodStart\" >= make_timestamp({Parameter(query.From)})");
        }

        if (query.To < long.MaxValue)
        {
            conditions.Add($"\"ChargePeriodStart\" < make_timestamp({Parameter(query.To)})");
        }

        foreach (var (dimension, wanted) in query.Where)
        {
            Filter(dimension, wanted);
            filtered |= Dimensions.TraitsOf(dimension);
        }

        grouped = query.By.Aggregate(filtered, (all, dimension) => all | Dimensions.TraitsOf(dimension));
    }

    /// <summary>The values of the parameters.</summary>
    public IReadOnlyList<(string Name, object Value)> Parameters => parameters;

    /// <summary>A query.</summary>
    /// <exception cref="ArgumentException">A dimension isn't one, or can't be filtered as asked.</exception>
    public static UsageSql Of(UsageQuery query) => new(query);

    /// <summary>The text.</summary>
    /// <param name="source">What gives rows as segments have them.</param>
    public string Text(string source) =>
        $"""
            SELECT {string.Concat(values.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"{value} AS d{i}, ")))}
                {Counts(grouped)}, {Counts(filtered)},
                count(*) FILTER ("purser.attempt" = 0),
                sum("gen_ai.usage.input_tokens"), sum("gen_ai.usage.cache_read.input_tokens"),
                sum("gen_ai.usage.cache_creation.input_tokens" + "purser.usage.cache_creation_1h.input_tokens"),
                sum("gen_ai.usage.output_tokens"), sum("gen_ai.usage.reasoning.output_tokens"),
                sum("BilledCost"), sum("purser.not_billed_cost")
            FROM ({source}) {(conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}")}
            {(values.Count == 0 ? "" : $"GROUP BY {string.Join(", ", Enumerable.Range(1, values.Count))}")}
            """;

    /// <summary>The answer.</summary>
    public UsageSums Read(DuckDBDataReader row)
    {
        var groups = new List<UsageGroup>();
        var total = default(Sums);
        while (row.Read())
        {
            var found = Enumerable.Range(0, values.Count).Select(i => row.IsDBNull(i) ? null : row.GetValue(i)).ToArray();
            var sums = ReadSums(row, values.Count, values.Count);
            total += ReadSums(row, values.Count, values.Count + 3);
            groups.Add(new UsageGroup(found, sums));
        }

        return new UsageSums(query.By.Count == 0 ? [] : groups, total);
    }

    private static Sums ReadSums(DuckDBDataReader row, int first, int counts)
    {
        var rest = first + 6;
        return new Sums(
            Duck.Whole(row, counts),
            Duck.Whole(row, counts + 1),
            Duck.Whole(row, counts + 2),
            Duck.Whole(row, rest),
            Duck.Whole(row, rest + 1),
            Duck.Whole(row, rest + 2),
            Duck.Whole(row, rest + 3),
            Duck.Whole(row, rest + 4),
            Duck.Whole(row, rest + 5),
            row.IsDBNull(rest + 6) ? 0 : Duck.Nanos(row.GetDecimal(rest + 6)),
            row.IsDBNull(rest + 7) ? 0 : Duck.Nanos(row.GetDecimal(rest + 7))
        );
    }

    private static string Counts(AttemptTraits same) =>
        $"""
            count(*) FILTER ({IsAttempt} AND {First(same)}),
            count(*) FILTER ({IsAttempt} AND "purser.estimated" AND {First(same | AttemptTraits.Estimated)}),
            count(*) FILTER ({IsAttempt} AND "purser.unconfirmed" AND {First(same | AttemptTraits.Unconfirmed)})
            """;

    /// <summary>That no earlier attempt is the same in all of these.</summary>
    private static string First(AttemptTraits same) =>
        same == AttemptTraits.None
            ? "\"purser.repeats\" IS NULL"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"(\"purser.repeats\" IS NULL OR len(list_filter(\"purser.repeats\", lambda traits: (traits & {(int)same}) = {(int)same})) = 0)"
            );

    private string ValueOf(string dimension) => Dimensions.SqlOf(dimension) ?? Tag(Dimensions.TagOf(dimension)!);

    // A JSON pointer: whatever the tag's name, it's a name and no path.
    private string Tag(string name) =>
        $"json_extract_string(\"Tags\", {Parameter("/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal))})";

    private void Filter(string dimension, IReadOnlyList<string> wanted)
    {
        if (dimension is "day" or "hour" or Dimensions.Quarter)
        {
            throw new ArgumentException($"'{dimension}' is filtered by from and to.", nameof(dimension));
        }

        if (wanted.Count == 0 || (wanted.Count > 1 && Dimensions.TraitsOf(dimension) != AttemptTraits.None))
        {
            throw new ArgumentException($"Give one value of '{dimension}'.", nameof(wanted));
        }

        conditions.Add($"{ValueOf(dimension)} IN ({string.Join(", ", wanted.Select(value => Parameter(value)))})");
    }

    private string Parameter(object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{parameters.Count}");
        parameters.Add((name, value));
        return $"${name}";
    }
}
