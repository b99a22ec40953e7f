using System.Text.Json;
using Purser.Core.Pricing;

namespace Purser.Providers;

// The walk through Converse's contents: a block is what its member's name says.
internal ref partial struct RequestScan
{
    private enum ConverseMember
    {
        Other,
        Opaque,
        CachePoint,
        Ttl,
    }

    /// <summary>
    /// Walks through messages, a system prompt or tools: what is no text (<c>image</c>, <c>document</c>, <c>video</c>, <c>audio</c>), what isn't in the
    /// body at all (<c>s3Location</c>), and cache points. Arguments, results and schemas of tools are any JSON, and mean nothing here.
    /// </summary>
    public bool WalkConverse()
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return Walk(WalkRules.None);
        }
        var start = reader.CurrentDepth;
        var opaqueDepth = int.MaxValue;
        var cacheDepth = int.MaxValue;
        var member = ConverseMember.Other;
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
                    member = depth > opaqueDepth ? ConverseMember.Other : NoteConverseMember();
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (!DepthIsAllowed())
                    {
                        return false;
                    }
                    opaqueDepth = member == ConverseMember.Opaque ? Math.Min(opaqueDepth, depth) : opaqueDepth;
                    if (member == ConverseMember.CachePoint)
                    {
                        cacheDepth = depth;
                        Facts.CacheWrites = Later(Facts.CacheWrites, CacheWriteHint.FiveMinutes);
                    }
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    opaqueDepth = depth == opaqueDepth ? int.MaxValue : opaqueDepth;
                    cacheDepth = depth == cacheDepth ? int.MaxValue : cacheDepth;
                    if (depth == start)
                    {
                        return true;
                    }
                    break;
                case JsonTokenType.String:
                    if (!TextIsUnicode())
                    {
                        return false;
                    }
                    if (member == ConverseMember.Ttl && depth > cacheDepth && !Is("5m"u8))
                    {
                        Facts.CacheWrites = CacheWriteHint.OneHour;
                    }
                    break;
                default:
                    break;
            }
            member = ConverseMember.Other;
        } while (reader.Read());
        return true;
    }

    private readonly ConverseMember NoteConverseMember()
    {
        if (Is("image"u8) || Is("document"u8) || Is("video"u8) || Is("audio"u8))
        {
            Facts.NonTextParts++;
        }
        else if (Is("s3Location"u8))
        {
            Facts.NonTextParts++;
            Facts.UnboundedInput = true;
        }
        else if (Is("systemTool"u8))
        {
            Facts.UnpricedTool ??= "systemTool";
        }
        return Is("input"u8) || Is("json"u8) ? ConverseMember.Opaque
            : Is("cachePoint"u8) ? ConverseMember.CachePoint
            : Is("ttl"u8) ? ConverseMember.Ttl
            : ConverseMember.Other;
    }
}
