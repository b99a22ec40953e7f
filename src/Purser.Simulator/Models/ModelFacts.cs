using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Purser.Simulator.Answers;
using Purser.Simulator.Record;

namespace Purser.Simulator.Models;

/// <summary>What the simulator knows of a model that a request names. Every name is served but for those that start with <c>no-such-</c>.</summary>
internal sealed partial class ModelFacts
{
    public ModelFacts(string name, ulong seed, ModelTotals totals)
    {
        Name = name;
        Answers = ModelTable.Snapshots.GetValueOrDefault(name, name);

        // Vertex writes claude-sonnet-4-5@20250929 for what Anthropic calls claude-sonnet-4-5-20250929.
        Answers = name.StartsWith("claude-", StringComparison.Ordinal) ? Answers.Replace('@', '-') : Answers;

        // Bedrock writes us.anthropic.claude-sonnet-4-5-20250929-v1:0, or an ARN that ends so.
        Answers = OnBedrock().Match(name) is { Success: true } match ? match.Groups[1].Value : Answers;
        AnswersJson = Encode(Answers);
        NameJson = Encode(name);
        Exists = !name.StartsWith("no-such-", StringComparison.Ordinal) && !name.Contains(".no-such-", StringComparison.Ordinal);
        Reasons =
            name.StartsWith("gpt-5", StringComparison.Ordinal) && !name.Contains("-chat", StringComparison.Ordinal)
            || name.StartsWith("o1", StringComparison.Ordinal)
            || name.StartsWith("o3", StringComparison.Ordinal)
            || name.StartsWith("o4", StringComparison.Ordinal);
        BillsCacheWrites = name.StartsWith("gpt-5.6", StringComparison.Ordinal);
        var random = new SeededRandom(seed ^ System.IO.Hashing.XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(Answers)));
        Fingerprint = Ids.Fingerprint(ref random);
        Totals = totals;
    }

    /// <summary>The name as the request gave it.</summary>
    public string Name { get; }

    /// <summary>The name as the answer gives it: the dated snapshot of a known alias, otherwise the same.</summary>
    public string Answers { get; }

    /// <summary><see cref="Answers"/> inside a JSON string, without quotes.</summary>
    public byte[] AnswersJson { get; }

    /// <summary><see cref="Name"/> inside a JSON string, without quotes.</summary>
    public byte[] NameJson { get; }

    /// <summary>Whether the model is served.</summary>
    public bool Exists { get; }

    /// <summary>Whether an OpenAI model spends output tokens on reasoning that it doesn't show.</summary>
    public bool Reasons { get; }

    /// <summary>Whether an OpenAI model reports tokens written to its prompt cache.</summary>
    public bool BillsCacheWrites { get; }

    /// <summary>OpenAI's <c>system_fingerprint</c>.</summary>
    public string Fingerprint { get; }

    /// <summary>What was billed for the model; guarded by the record's lock.</summary>
    public ModelTotals Totals { get; }

    [GeneratedRegex(@"\banthropic\.(claude-.+?)(?:-v[0-9]+(?::[0-9]+)?)?$")]
    private static partial Regex OnBedrock();

    private static byte[] Encode(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.ToArray();
}
