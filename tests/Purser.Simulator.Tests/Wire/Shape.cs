using System.Text.Json;

namespace Purser.Simulator.Tests.Wire;

/// <summary>What members JSON has and of which types, whatever their order: <c>candidates[].index: number</c>.</summary>
internal static class Shape
{
    /// <summary>The shape of several values together, such as the events of a stream.</summary>
    public static SortedSet<string> Of(IEnumerable<JsonElement> values)
    {
        var shape = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            Add(shape, "", value);
        }

        // A member that is null here and something there is that something.
        shape.RemoveWhere(line =>
            line.EndsWith(": null", StringComparison.Ordinal)
            && shape.Any(other => other != line && other.StartsWith(line[..^4], StringComparison.Ordinal))
        );
        return shape;
    }

    /// <summary>That an answer of the simulator has the shape of a vendor's, but for members that are named.</summary>
    /// <param name="golden">The vendor's answer: a file in <c>tests/vectors/wire</c>.</param>
    /// <param name="actual">The simulator's.</param>
    /// <param name="lacks">Members that the simulator leaves out.</param>
    /// <param name="adds">Members that it has beside.</param>
    public static void AssertLike(string golden, IEnumerable<JsonElement> actual, string[]? lacks = null, string[]? adds = null)
    {
        var expected = Of(Golden(golden));
        expected.RemoveWhere(line => Names(lacks, line));
        var found = Of(actual);
        found.RemoveWhere(line => Names(adds, line));
        Assert.Equal(string.Join('\n', expected), string.Join('\n', found));
    }

    /// <summary>A vendor's answers.</summary>
    public static IEnumerable<JsonElement> Golden(string name)
    {
        var text = File.ReadAllText(Path.Combine(GuideTests.Root(), "tests", "vectors", "wire", name + ".json"));
        return JsonDocument.Parse(text).RootElement.GetProperty("answers").EnumerateArray();
    }

    private static bool Names(string[]? members, string line) =>
        members?.Any(member =>
            line.StartsWith(member, StringComparison.Ordinal) && (line.Length == member.Length || line[member.Length] is ':' or '.' or '[')
        ) == true;

    private static void Add(SortedSet<string> shape, string path, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                shape.Add(path + ": object");
                foreach (var member in value.EnumerateObject())
                {
                    Add(shape, path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value);
                }

                break;
            case JsonValueKind.Array:
                shape.Add(path + ": array");
                foreach (var item in value.EnumerateArray())
                {
                    Add(shape, path + "[]", item);
                }

                break;
            case JsonValueKind.True or JsonValueKind.False:
                shape.Add(path + ": boolean");
                break;
            default:
                shape.Add($"{path}: {value.ValueKind.ToString().ToLowerInvariant()}");
                break;
        }
    }
}
