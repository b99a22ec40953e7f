using Purser.Cli;
using Purser.Gateway;

SocketTuning.Apply();
return await PurserCommandLine.RunAsync(args, CliContext.ForProcess());
