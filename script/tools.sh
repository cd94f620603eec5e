# Programs that are not npm's, at the versions that were tried, each in a folder of its own. Read by other scripts.
tools=$HOME/.cache/overbridge/tools

# nektos/act, which the lab runs the workflows with; test/lab/act/repository.ts names the version too.
act_version=0.2.87
actionlint_version=1.7.12
zizmor_version=1.32.0

actionlint=$tools/actionlint-$actionlint_version/actionlint
zizmor=$tools/zizmor-$zizmor_version/bin/zizmor
