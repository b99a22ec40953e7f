namespace Purser.Providers.Translation;

/// <summary>The tools of a request that go to a provider.</summary>
internal static class ToolSelection
{
    /// <summary>
    /// The tools that a format has, and that the choice allows. Vendors' tools of other formats are dropped; a choice that needs one of these, or
    /// a tool that isn't there, is refused.
    /// </summary>
    /// <param name="writing">What is written.</param>
    /// <param name="format">The format.</param>
    public static List<CanonicalTool> Of(RequestWriting writing, string format)
    {
        var (request, _, _, notes) = writing;
        var tools = new List<CanonicalTool>(request.Tools.Count);
        foreach (var tool in request.Tools)
        {
            if (tool.Kind == ToolKind.Vendor && tool.Format != format)
            {
                notes.Note(TranslationRules.DropVendorTool);
            }
            else if (request.ToolChoice?.Allowed is { } allowed && !allowed.Contains(tool.Name))
            {
                notes.Note(TranslationRules.ChangeAllowedTools);
            }
            else
            {
                tools.Add(tool);
            }
        }
        var isMissing = request.ToolChoice switch
        {
            { Kind: ToolChoiceKind.Named, Name: var name } => tools.TrueForAll(tool => tool.Name != name),
            { Kind: ToolChoiceKind.Required } => tools.Count == 0,
            _ => false,
        };
        if (isMissing)
        {
            notes.Refuse(TranslationRules.RefuseToolChoice, "tool_choice");
            return [];
        }
        return tools;
    }
}
