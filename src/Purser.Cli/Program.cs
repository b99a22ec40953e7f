using Purser.Cli;

return await PurserCommandLine.RunAsync(args, CliContext.ForProcess());
