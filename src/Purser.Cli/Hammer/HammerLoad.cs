using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Purser.Cli.Hammer;

/// <summary>What a gateway is hammered with.</summary>
/// <param name="Endpoint">The gateway's chat completions.</param>
/// <param name="Key">The key whose budget is attacked.</param>
/// <param name="Model">The model to ask for.</param>
/// <param name="Parallel">How many callers, at least 1; each has one request under way.</param>
/// <param name="Requests">The most requests that are sent, at least 1.</param>
/// <param name="MaxTokens">The limit of each answer, which the upstream uses up.</param>
/// <param name="Disconnects">How many of a hundred callers leave before their answer's end, 0 to 100.</param>
/// <param name="Seed">What prompts and departures are drawn from.</param>
internal sealed record HammerLoad(
    Uri Endpoint,
    string Key,
    string Model,
    int Parallel,
    int Requests,
    int MaxTokens,
    int Disconnects,
    int Seed
)
{
    // Longer than a refusal takes, shorter than an answer of the default length.
    private const int ShortestStay = 5;
    private const int LongestStay = 120;

    /// <summary>One request, by its number: the same seed and number make the same request.</summary>
    /// <param name="number">Its number, from 0.</param>
    public HammerRequest Request(int number)
    {
        var random = new Random(HashCode(number));
        // The first one asks whether anybody is there, so it stays to the end.
        TimeSpan? stay =
            number > 0 && random.Next(100) < Disconnects ? TimeSpan.FromMilliseconds(random.Next(ShortestStay, LongestStay)) : null;
        return new HammerRequest(Body(number, random), stay);
    }

    private byte[] Body(int number, Random random)
    {
        // No two prompts are equal, so that no cache of the gateway's answers in the upstream's place.
        var prompt = new StringBuilder("request ").Append(CultureInfo.InvariantCulture, $"{Seed} {number}: say a few words");
        prompt.Insert(prompt.Length, " about this", random.Next(20));
        var body = new JsonObject
        {
            ["model"] = Model,
            ["max_tokens"] = MaxTokens,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt.ToString() }),
        };
        if (number % 2 == 1)
        {
            body["stream"] = true;
        }

        // Half of the streams don't ask for their usage: a gateway that relies on the client for it counts nothing there.
        if (number % 4 == 1)
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    // Not System.HashCode, which differs from process to process.
    private int HashCode(int number) => unchecked((int)(((uint)Seed * 2654435761u) ^ ((uint)number * 2246822519u)));
}

/// <summary>One request of a load.</summary>
/// <param name="Body">Its body.</param>
/// <param name="Stay">How long its caller waits before it leaves; null for one that stays.</param>
internal sealed record HammerRequest(byte[] Body, TimeSpan? Stay);
