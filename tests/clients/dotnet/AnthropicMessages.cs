using System.Text.Json;
using Anthropic;
using Anthropic.Helpers.Beta;
using Anthropic.Models.Beta.Messages;
using Anthropic.Models.Messages;
using Beta = Anthropic.Models.Beta.Messages;
using MessageCreateParams = Anthropic.Models.Messages.MessageCreateParams;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>Anthropic</c>, with its tool runner.</summary>
internal sealed class AnthropicMessages(Target target) : Library
{
    private const int Limit = 2000;

    private readonly AnthropicClient client = new() { BaseUrl = target.Url, ApiKey = target.Key };

    public override async Task<string> AskAsync(string prompt)
    {
        var message = await client.Messages.Create(Asking(prompt));
        return string.Concat(message.Content.Select(block => block.TryPickText(out var text) ? text.Text : ""));
    }

    public override async IAsyncEnumerable<string> StreamAsync(string prompt)
    {
        await foreach (var happened in client.Messages.CreateStreaming(Asking(prompt)))
        {
            if (happened.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text))
            {
                yield return text.Text;
            }
        }
    }

    public override async Task<string> UseToolAsync(string prompt)
    {
        var tool = new BetaRunnableTool
        {
            Name = Weather.Name,
            Definition = new BetaTool
            {
                Name = Weather.Name,
                Description = Weather.Description,
                InputSchema = new Beta.InputSchema
                {
                    Properties = new Dictionary<string, JsonElement>
                    {
                        ["city"] = JsonSerializer.SerializeToElement(new { type = "string" }),
                    },
                    Required = ["city"],
                },
            },
            Run = (call, _) => Task.FromResult<BetaToolResultBlockParamContent>(Weather.Get(call.Input["city"].GetString()!)),
        };
        var runner = client.Beta.Messages.ToolRunner(
            new Beta.MessageCreateParams
            {
                Model = target.Model,
                MaxTokens = Limit,
                Messages = [new BetaUserMessageParam(prompt)],
            },
            [tool]
        );
        var last = await runner.RunUntilDoneAsync();
        return string.Concat(last.Content.Select(block => block.TryPickText(out var text) ? text.Text : ""));
    }

    private MessageCreateParams Asking(string prompt) =>
        new()
        {
            Model = target.Model,
            MaxTokens = Limit,
            Messages = [new UserMessageParam(prompt)],
        };
}
