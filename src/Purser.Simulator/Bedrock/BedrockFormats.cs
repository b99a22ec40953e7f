using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Bedrock;

/// <summary>Which format a call of a model on Bedrock is in.</summary>
internal static class BedrockFormats
{
    /// <summary>The format; null where the operation is another, or the model is of a family whose own format the simulator doesn't know.</summary>
    public static BedrockWire? Find(BedrockRoute route, HttpRequest request, AwsKeyPair? key) =>
        route.Operation switch
        {
            "converse" or "converse-stream" => new ConverseWire(route, request, key),
            "invoke" or "invoke-with-response-stream" => Family(route.Id) switch
            {
                "anthropic" => new ClaudeInvokeWire(route, request, key),
                "amazon" => new NovaInvokeWire(route, request, key),
                "meta" => new LlamaInvokeWire(route, request, key),
                _ => null,
            },
            _ => null,
        };

    /// <summary>The format whose errors answer what no endpoint does.</summary>
    public static BedrockWire Otherwise(HttpRequest request, AwsKeyPair? key) => new ConverseWire(new BedrockRoute("", ""), request, key);

    // A model that isn't there is refused as any other: by the format that checks it first.
    private static string Family(string id) => id.StartsWith("no-such-", StringComparison.Ordinal) ? "anthropic" : id.Split('.')[0];
}
