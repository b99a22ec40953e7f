using System.Text.Json;
using Purser.Providers.Passthrough;

namespace Purser.Providers;

// The walk through Gemini's contents: a part is what its member's name says.
internal ref partial struct RequestScan
{
    /// <summary>
    /// Walks through contents or a system instruction: what is in the body and no text (<c>inlineData</c>), and what isn't in it at all
    /// (<c>fileData</c>). Arguments and results of tools are any JSON, and mean nothing here.
    /// </summary>
    public bool WalkGeminiContents()
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return Walk(WalkRules.None);
        }
        var start = reader.CurrentDepth;
        var opaqueDepth = int.MaxValue;
        var (isOpaque, isUri) = (false, false);
        do
        {
            var depth = reader.CurrentDepth;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    if (!TextIsUnicode())
                    {
                        return false;
                    }
                    isOpaque = depth <= opaqueDepth && NoteGeminiMember();
                    isUri = depth <= opaqueDepth && (Is("fileUri"u8) || Is("file_uri"u8));
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (!DepthIsAllowed())
                    {
                        return false;
                    }
                    opaqueDepth = isOpaque ? Math.Min(opaqueDepth, depth) : opaqueDepth;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    opaqueDepth = depth == opaqueDepth ? int.MaxValue : opaqueDepth;
                    if (depth == start)
                    {
                        return true;
                    }
                    break;
                case JsonTokenType.String when !TextIsUnicode():
                    return false;
                case JsonTokenType.String when isUri:
                    NoteGeminiFile();
                    break;
                default:
                    break;
            }
            (isOpaque, isUri) = (false, false);
        } while (reader.Read());
        return true;
    }

    /// <summary>Files of the Gemini API have addresses there, or are named without one; the web's and Cloud Storage's are somebody else's.</summary>
    private void NoteGeminiFile()
    {
        var uri = ReferenceId();
        if (!KeptThings.IsElsewhere(uri))
        {
            Facts.AddReference(ReferenceKind.File, uri);
        }
    }

    /// <summary>Takes in what a member's name means; says whether its value is any JSON.</summary>
    private readonly bool NoteGeminiMember()
    {
        if (Is("inlineData"u8) || Is("inline_data"u8))
        {
            Facts.NonTextParts++;
        }
        else if (Is("fileData"u8) || Is("file_data"u8))
        {
            Facts.NonTextParts++;
            Facts.UnboundedInput = true;
        }
        return Is("args"u8) || Is("response"u8);
    }
}
