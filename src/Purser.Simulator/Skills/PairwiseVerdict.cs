using System.Text;
using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Skills;

/// <summary>
/// What a model says that is asked to compare two answers. It's asked so where the last message quotes at least two marked answers; the last two are A and B,
/// in the order in which they stand. The verdict is <c>A</c>, <c>B</c>, or <c>tie</c> where the prompt or the schema allows one; in JSON it's the value of an enumeration in the
/// schema that has such values, or of <c>winner</c> where there is none.
/// </summary>
internal static class PairwiseVerdict
{
    private static readonly string[] Firsts = ["a", "1", "first"];
    private static readonly string[] Seconds = ["b", "2", "second"];
    private static readonly string[] Ties = ["tie", "c", "same", "equal", "draw", "neither", "both"];

    /// <summary>The answer of a model that is asked to judge.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="request">The request.</param>
    /// <param name="asked">Its last message.</param>
    /// <param name="body">Its body.</param>
    /// <returns>Null where it isn't asked to.</returns>
    public static byte[]? Of(SkillPlan plan, ChatRequest request, string asked, ReadOnlySpan<byte> body)
    {
        if (AnswerMark.Read(asked, plan.Seed) is not [.., var first, var second])
        {
            return null;
        }

        var random = new SeededRandom(System.IO.Hashing.XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(asked), (long)plan.Seed));
        var schema = request.OutputSchemaJson ?? body[request.OutputSchema];
        var root = default(JsonElement);
        if (schema.Length > 0)
        {
            var reader = new Utf8JsonReader(schema);
            root = JsonElement.ParseValue(ref reader);
        }

        var mayTie =
            asked.Contains("tie", StringComparison.OrdinalIgnoreCase)
            || Properties(root).Any(property => Values(property.Value).Any(value => Ties.Contains(Plain(value))));
        var names = Decide(plan.Judge, first, second, mayTie, ref random);
        return request.WantsJson ? Encoding.UTF8.GetBytes(InJson(root, names)) : Encoding.ASCII.GetBytes(InWords(names, asked));
    }

    private static string[] Decide(JudgeSkill judge, bool first, bool second, bool mayTie, ref SeededRandom random)
    {
        if (random.Fraction() < judge.First)
        {
            return Firsts;
        }

        if (first == second)
        {
            return mayTie ? Ties
                : random.Below(2) == 0 ? Firsts
                : Seconds;
        }

        return first == random.Fraction() < judge.Accuracy ? Firsts : Seconds;
    }

    private static string InWords(string[] names, string asked)
    {
        var name =
            names == Firsts ? "A"
            : names == Seconds ? "B"
            : "tie";
        return asked.Contains("[[A]]", StringComparison.Ordinal) ? $"[[{(names == Ties ? "C" : name)}]]"
            : names == Ties && asked.Contains("TIE", StringComparison.Ordinal) ? "TIE"
            : name;
    }

    // The property whose enumeration has a value of such a name; others get what fits their type.
    private static string InJson(JsonElement schema, string[] names)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            var said = false;
            foreach (var property in Properties(schema))
            {
                json.WritePropertyName(property.Name);
                var value = Values(property.Value).FirstOrDefault(each => names.Contains(Plain(each)));
                said |= value is not null;
                Write(json, property.Value, value);
            }

            if (!said)
            {
                json.WriteString(
                    "winner",
                    names == Firsts ? "A"
                        : names == Seconds ? "B"
                        : "tie"
                );
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, JsonElement schema, string? value)
    {
        switch (Member(schema, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString() : "string")
        {
            case "integer" or "number":
                json.WriteNumberValue(1);
                break;
            case "boolean":
                json.WriteBooleanValue(true);
                break;
            default:
                json.WriteStringValue(value ?? Values(schema).FirstOrDefault() ?? "as the one is better");
                break;
        }
    }

    private static JsonElement.ObjectEnumerator Properties(JsonElement schema) =>
        Member(schema, "properties") is { ValueKind: JsonValueKind.Object } properties ? properties.EnumerateObject() : default;

    private static IEnumerable<string> Values(JsonElement schema) =>
        Member(schema, "enum") is { ValueKind: JsonValueKind.Array } values
            ? values.EnumerateArray().Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)
            : [];

    private static string Plain(string value) =>
        value
            .ToLowerInvariant()
            .Replace("answer", "", StringComparison.Ordinal)
            .Replace("response", "", StringComparison.Ordinal)
            .Trim(' ', '_', '-', '[', ']');

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;
}
