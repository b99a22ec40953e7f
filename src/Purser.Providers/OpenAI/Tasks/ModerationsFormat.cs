namespace Purser.Providers.OpenAI.Tasks;

/// <summary>
/// Moderations. Their answers count nothing: they cost nothing where the price book says that the model is free, and else the most that they can.
/// </summary>
/// <param name="vendor">Whose usage is read.</param>
public sealed class ModerationsFormat(string vendor = "openai") : OpenAITask("moderations", "/moderations", vendor, "moderations")
{
    // OpenAI's, where the request names none.
    private const string DefaultModel = "omni-moderation-latest";

    private static readonly TopLevelMembers Members = new("model");

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var result = RequestScan.Read(body.Span, Members, static (ref scan, _) => scan.ReadModel(), target.Model ?? DefaultModel);
        if (result.Facts is { } facts)
        {
            facts.Model = target.Model ?? facts.ModelInBody ?? DefaultModel;
            facts.MaxOutputTokens = 0;
        }
        return result;
    }
}
