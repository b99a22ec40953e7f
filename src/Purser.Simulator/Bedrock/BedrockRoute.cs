using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Bedrock;

/// <summary>What the URL of a call of a model on Bedrock says.</summary>
/// <param name="Model">The model's id, the id of an inference profile, or an ARN of either.</param>
/// <param name="Operation">What is asked, such as <c>invoke</c> or <c>converse-stream</c>.</param>
internal sealed record BedrockRoute(string Model, string Operation)
{
    private const string Start = "/model/";

    /// <summary>Whether the answer is streamed.</summary>
    public bool IsStream => Operation is "converse-stream" or "invoke-with-response-stream";

    /// <summary>The model's id without the region of a profile and what stands before it in an ARN: <c>anthropic.claude-…</c>.</summary>
    public string Id
    {
        get
        {
            var id = Model[(Model.LastIndexOf('/') + 1)..];
            var dot = id.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && id[..dot] is "us" or "eu" or "apac" or "jp" or "au" or "ca" or "global" or "us-gov" ? id[(dot + 1)..] : id;
        }
    }

    /// <summary>Reads <c>/model/ID/OPERATION</c>; ids come escaped, as ARNs have slashes.</summary>
    /// <returns>Null when the path is another.</returns>
    public static BedrockRoute? Parse(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var end = path.LastIndexOf('/');
        return path.StartsWith(Start, StringComparison.Ordinal) && end > Start.Length
            ? new BedrockRoute(Uri.UnescapeDataString(path[Start.Length..end]), path[(end + 1)..])
            : null;
    }
}
